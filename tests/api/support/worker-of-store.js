// The package's worker, behind the bridge, which has to be there first.
import "./worker-bridge.js";
import "/pkg/worker.js";

// The page holds no credentials: its server signs one URL per request. Used by the page and by the worker.
import { presignFrom } from "/pkg/endpoints.js";

export const presign = presignFrom("/presign");

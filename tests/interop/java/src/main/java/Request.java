import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;

/** One line of the protocol. */
record Request(JsonNode json) {
    static Request parse(String line) {
        return new Request(JsonNode.parser().parse(line));
    }

    Optional<String> optional(String name) {
        return json.field(name).filter(JsonNode::isString).map(JsonNode::asString);
    }

    String text(String name) {
        return optional(name).orElseThrow(() -> new IllegalArgumentException("the request has no " + name));
    }

    boolean flag(String name) {
        return json.field(name).filter(JsonNode::isBoolean).map(JsonNode::asBoolean).orElse(false);
    }

    Map<String, String> map(String name) {
        Map<String, String> map = new TreeMap<>();
        json.field(name).filter(JsonNode::isObject)
            .ifPresent(node -> node.asObject().forEach((key, value) -> map.put(key, value.asString())));
        return map;
    }

    Request object(String name) {
        return new Request(json.field(name).orElseThrow(() -> new IllegalArgumentException("the request has no " + name)));
    }

    long id() {
        return json.field("id").map(node -> Long.parseLong(node.asNumber())).orElse(0L);
    }
}

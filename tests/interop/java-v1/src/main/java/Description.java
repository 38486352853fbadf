import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.jar.Manifest;

/** What the client can do, as observed. */
final class Description {
    private static final List<String> ENVELOPES = List.of("metadata", "instruction-file");

    private Description() {}

    static void write(ObjectNode answer) throws IOException {
        try (var manifest = Description.class.getResourceAsStream("/META-INF/MANIFEST.MF")) {
            answer.put("client", new Manifest(manifest).getMainAttributes().getValue("Client"));
        }
        combinations(answer.putArray("writes"), true);
        combinations(answer.putArray("reads"), false);
    }

    private static void combinations(ArrayNode list, boolean writing) {
        for (String envelope : ENVELOPES) {
            for (String keyring : List.of("aes", "rsa", "kms")) {
                add(list, writing, envelope, "V2", keyring, null, null);
            }
            add(list, writing, envelope, "V1", "aes", null, "cbc");
            add(list, writing, envelope, "V1", "rsa", null, "cbc");
            add(list, writing, envelope, "V2", "aes", "AESWrap", null);
            add(list, writing, envelope, "V2", "rsa", "RSA/ECB/OAEPWithSHA-256AndMGF1Padding", null);
            add(list, writing, envelope, "V2", "kms", "kms", null);
            add(list, writing, envelope, "V2", "kms", "kms", "cbc");
        }
    }

    private static void add(ArrayNode list, boolean writing, String envelope, String format, String keyring, String wrap,
            String content) {
        ObjectNode entry = list.addObject().put("format", format).put("keyring", keyring).put("envelope", envelope);
        if (wrap != null) {
            entry.put("wrap", wrap);
        }
        if (content != null) {
            entry.put("content", content);
        }
        boolean inHeaders = writing && envelope.equals("metadata");
        entry.put(keyring.equals("kms") ? "context" : "description", inHeaders ? "ascii" : "any");
    }
}

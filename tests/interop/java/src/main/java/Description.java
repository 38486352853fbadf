import java.io.IOException;
import java.util.List;
import java.util.jar.Manifest;
import software.amazon.awssdk.protocols.jsoncore.JsonWriter;

/**
 * What the client can do, as observed. It reads any map that was stored as ASCII, with JSON escapes. Its own instruction
 * files hold plain UTF-8, which it mangles on reading: fatal for a KMS context only.
 */
final class Description {
    private static final List<String> ENVELOPES = List.of("metadata", "instruction-file");
    private static final List<String> KEYRINGS = List.of("aes", "rsa", "kms");

    private Description() {}

    static void write(JsonWriter json) throws IOException {
        json.writeFieldName("client").writeValue(client());
        json.writeFieldName("reencrypts").writeValue(true);
        json.writeFieldName("writes").writeStartArray();
        current(json, true);
        json.writeEndArray();
        json.writeFieldName("reads").writeStartArray();
        current(json, false);
        legacy(json);
        json.writeEndArray();
    }

    private static void current(JsonWriter json, boolean writing) {
        for (String format : List.of("V2", "V3")) {
            for (String keyring : KEYRINGS) {
                for (String envelope : ENVELOPES) {
                    boolean inHeaders = writing && envelope.equals("metadata");
                    combination(json, format, keyring, envelope, null, null, inHeaders ? "ascii" : "any");
                }
            }
        }
    }

    private static void legacy(JsonWriter json) {
        for (String envelope : ENVELOPES) {
            combination(json, "V1", "aes", envelope, null, "cbc", "any");
            combination(json, "V1", "rsa", envelope, null, "cbc", "any");
            for (String content : new String[] {null, "cbc"}) {
                combination(json, "V2", "aes", envelope, "AESWrap", content, "any");
                combination(json, "V2", "rsa", envelope, "RSA/ECB/OAEPWithSHA-256AndMGF1Padding", content, "any");
                combination(json, "V2", "kms", envelope, "kms", content, "any");
            }
        }
        // What ReEncryptInstructionFile makes of V1.
        combination(json, "V2", "aes", "instruction-file", "AES/GCM", "cbc", "any");
        combination(json, "V2", "rsa", "instruction-file", "RSA-OAEP-SHA1", "cbc", "any");
    }

    private static void combination(JsonWriter json, String format, String keyring, String envelope, String wrap,
            String content, String maps) {
        json.writeStartObject();
        json.writeFieldName("format").writeValue(format);
        json.writeFieldName("keyring").writeValue(keyring);
        json.writeFieldName("envelope").writeValue(envelope);
        if (wrap != null) {
            json.writeFieldName("wrap").writeValue(wrap);
        }
        if (content != null) {
            json.writeFieldName("content").writeValue(content);
        }
        json.writeFieldName(keyring.equals("kms") ? "context" : "description").writeValue(maps);
        json.writeEndObject();
    }

    private static String client() throws IOException {
        try (var manifest = Description.class.getResourceAsStream("/META-INF/MANIFEST.MF")) {
            return new Manifest(manifest).getMainAttributes().getValue("Client");
        }
    }
}

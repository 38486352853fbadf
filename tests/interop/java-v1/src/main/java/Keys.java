import com.amazonaws.services.s3.model.EncryptionMaterials;
import com.amazonaws.services.s3.model.KMSEncryptionMaterials;
import com.fasterxml.jackson.databind.JsonNode;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.spec.SecretKeySpec;

/** The client's materials for a KEYRING of the protocol. */
final class Keys {
    private Keys() {}

    static EncryptionMaterials of(JsonNode request) throws GeneralSecurityException {
        JsonNode keyring = request.path("keyring");
        return switch (keyring.path("type").asText()) {
            case "aes" -> new EncryptionMaterials(
                new SecretKeySpec(Base64.getDecoder().decode(keyring.path("key").asText()), "AES"))
                .addDescriptions(map(request.path("materialDescription")));
            case "rsa" -> new EncryptionMaterials(rsa(keyring)).addDescriptions(map(request.path("materialDescription")));
            // Its description is what an object's must equal on reading.
            case "kms" -> new KMSEncryptionMaterials(keyring.path("keyId").asText())
                .addDescriptions(map(request.path("encryptionContext")));
            default -> throw new IllegalArgumentException("no such keyring");
        };
    }

    static Map<String, String> map(JsonNode node) {
        Map<String, String> map = new TreeMap<>();
        node.fields().forEachRemaining(entry -> map.put(entry.getKey(), entry.getValue().asText()));
        return map;
    }

    private static KeyPair rsa(JsonNode keyring) throws GeneralSecurityException {
        KeyFactory factory = KeyFactory.getInstance("RSA");
        return new KeyPair(
            keyring.has("publicKey")
                ? factory.generatePublic(new X509EncodedKeySpec(der(keyring.path("publicKey").asText()))) : null,
            keyring.has("privateKey")
                ? factory.generatePrivate(new PKCS8EncodedKeySpec(der(keyring.path("privateKey").asText()))) : null);
    }

    private static byte[] der(String pem) {
        return Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
    }
}

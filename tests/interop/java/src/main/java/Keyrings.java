import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.Map;
import javax.crypto.spec.SecretKeySpec;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.encryption.s3.materials.AesKeyring;
import software.amazon.encryption.s3.materials.KmsKeyring;
import software.amazon.encryption.s3.materials.MaterialsDescription;
import software.amazon.encryption.s3.materials.PartialRsaKeyPair;
import software.amazon.encryption.s3.materials.RawKeyring;
import software.amazon.encryption.s3.materials.RsaKeyring;
import software.amazon.encryption.s3.materials.S3Keyring;

/** The client's keyring for a KEYRING of the protocol. */
final class Keyrings {
    private Keyrings() {}

    static S3Keyring of(Request keyring, Map<String, String> description, boolean legacy, KmsClient kms)
            throws GeneralSecurityException {
        if (!keyring.text("type").equals("kms")) {
            return raw(keyring, description, legacy);
        }
        return KmsKeyring.builder().kmsClient(kms).wrappingKeyId(keyring.text("keyId"))
            .enableLegacyWrappingAlgorithms(legacy).build();
    }

    static RawKeyring<?> raw(Request keyring, Map<String, String> entries, boolean legacy)
            throws GeneralSecurityException {
        MaterialsDescription description = MaterialsDescription.builder().putAll(entries).build();
        return switch (keyring.text("type")) {
            case "aes" -> AesKeyring.builder()
                .wrappingKey(new SecretKeySpec(Base64.getDecoder().decode(keyring.text("key")), "AES"))
                .materialsDescription(description).enableLegacyWrappingAlgorithms(legacy).build();
            case "rsa" -> RsaKeyring.builder()
                .wrappingKeyPair(rsa(keyring))
                .materialsDescription(description).enableLegacyWrappingAlgorithms(legacy).build();
            default -> throw new IllegalArgumentException("no raw keyring of type " + keyring.text("type"));
        };
    }

    /** Either half may be missing: who writes needs the public key, who reads the private one. */
    private static PartialRsaKeyPair rsa(Request keyring) throws GeneralSecurityException {
        KeyFactory factory = KeyFactory.getInstance("RSA");
        PartialRsaKeyPair.Builder pair = PartialRsaKeyPair.builder();
        if (keyring.optional("publicKey").isPresent()) {
            pair.publicKey(factory.generatePublic(new X509EncodedKeySpec(der(keyring.text("publicKey")))));
        }
        if (keyring.optional("privateKey").isPresent()) {
            pair.privateKey(factory.generatePrivate(new PKCS8EncodedKeySpec(der(keyring.text("privateKey")))));
        }
        return pair.build();
    }

    private static byte[] der(String pem) {
        return Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
    }
}

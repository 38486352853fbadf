import com.amazonaws.client.builder.AwsClientBuilder.EndpointConfiguration;
import com.amazonaws.services.kms.AWSKMS;
import com.amazonaws.services.kms.AWSKMSClientBuilder;
import com.amazonaws.services.s3.AmazonS3;
import com.amazonaws.services.s3.AmazonS3EncryptionClientBuilder;
import com.amazonaws.services.s3.AmazonS3EncryptionClientV2Builder;
import com.amazonaws.services.s3.model.CryptoConfiguration;
import com.amazonaws.services.s3.model.CryptoConfigurationV2;
import com.amazonaws.services.s3.model.CryptoMode;
import com.amazonaws.services.s3.model.CryptoRangeGetMode;
import com.amazonaws.services.s3.model.CryptoStorageMode;
import com.amazonaws.services.s3.model.EncryptedGetObjectRequest;
import com.amazonaws.services.s3.model.EncryptedPutObjectRequest;
import com.amazonaws.services.s3.model.EncryptionMaterials;
import com.amazonaws.services.s3.model.StaticEncryptionMaterialsProvider;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.util.Map;

/**
 * Speaks the interop protocol for the old official Java SDK: its first client wrote what is legacy today, its second one
 * V2.
 */
public final class Driver {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, String> LEGACY_WRAPS =
        Map.of("aes", "AESWrap", "rsa", "RSA/ECB/OAEPWithSHA-256AndMGF1Padding", "kms", "kms");

    private final EndpointConfiguration store = endpoint("S3_ENDPOINT");
    private final AWSKMS kms = AWSKMSClientBuilder.standard().withEndpointConfiguration(endpoint("KMS_ENDPOINT")).build();

    public static void main(String[] arguments) throws IOException {
        System.setProperty("org.apache.commons.logging.Log", "org.apache.commons.logging.impl.NoOpLog");
        System.setProperty("aws.java.v1.disableDeprecationAnnouncement", "true");
        Driver driver = new Driver();
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(driver.answer(JSON.readTree(line)));
        }
    }

    private String answer(JsonNode request) {
        ObjectNode answer = JSON.createObjectNode();
        answer.set("id", request.path("id"));
        try {
            switch (request.path("operation").asText()) {
                case "describe" -> Description.write(answer);
                case "put" -> put(request);
                case "get" -> get(request);
                default -> throw new IllegalArgumentException("no operation " + request.path("operation"));
            }
            answer.put("ok", true);
        } catch (Exception | LinkageError failure) {
            answer.put("ok", false).put("error", failure.getClass().getSimpleName() + ": " + failure.getMessage());
        }
        return answer.toString();
    }

    private void put(JsonNode request) throws GeneralSecurityException {
        EncryptionMaterials materials = Keys.of(request);
        var object = new EncryptedPutObjectRequest(
            request.path("bucket").asText(), request.path("key").asText(), new File(request.path("body").asText()));
        boolean cbc = request.path("content").asText().equals("cbc") || request.path("format").asText().equals("V1");
        AmazonS3 client;
        if (cbc || request.hasNonNull("wrap")) {
            String wrap = LEGACY_WRAPS.get(request.path("keyring").path("type").asText());
            if (request.hasNonNull("wrap") && !request.path("wrap").asText().equals(wrap)) {
                throw new IllegalArgumentException("this client does not wrap with " + request.path("wrap"));
            }
            client = legacyWriter(request, materials,
                cbc ? CryptoMode.EncryptionOnly : CryptoMode.StrictAuthenticatedEncryption);
        } else {
            if (!request.path("format").asText().equals("V2")) {
                throw new IllegalArgumentException("this client does not write " + request.path("format"));
            }
            client = current(request, materials, CryptoMode.StrictAuthenticatedEncryption);
        }
        try {
            client.putObject(object);
        } finally {
            client.shutdown();
        }
    }

    private void get(JsonNode request) throws GeneralSecurityException, IOException {
        boolean legacy = request.path("legacy").asBoolean();
        var object = new EncryptedGetObjectRequest(request.path("bucket").asText(), request.path("key").asText());
        if (request.hasNonNull("suffix")) {
            object.setInstructionFileSuffix(request.path("suffix").asText().replaceFirst("^\\.", ""));
        }
        if (request.hasNonNull("range")) {
            String[] ends = request.path("range").asText().replaceFirst("^bytes=", "").split("-");
            object.setRange(Long.parseLong(ends[0]), Long.parseLong(ends[1]));
        }
        AmazonS3 client = current(request, Keys.of(request),
            legacy || request.hasNonNull("range")
                ? CryptoMode.AuthenticatedEncryption : CryptoMode.StrictAuthenticatedEncryption);
        try (var content = client.getObject(object).getObjectContent()) {
            Files.copy(content, Path.of(request.path("output").asText()), StandardCopyOption.REPLACE_EXISTING);
        } finally {
            client.shutdown();
        }
    }

    @SuppressWarnings("deprecation")
    private AmazonS3 legacyWriter(JsonNode request, EncryptionMaterials materials, CryptoMode mode) {
        return AmazonS3EncryptionClientBuilder.standard()
            .withEndpointConfiguration(store).withPathStyleAccessEnabled(true).withKmsClient(kms)
            .withEncryptionMaterials(new StaticEncryptionMaterialsProvider(materials))
            .withCryptoConfiguration(new CryptoConfiguration(mode).withStorageMode(storage(request)))
            .build();
    }

    private AmazonS3 current(JsonNode request, EncryptionMaterials materials, CryptoMode mode) {
        return AmazonS3EncryptionClientV2Builder.standard()
            .withEndpointConfiguration(store).withPathStyleAccessEnabled(true).withKmsClient(kms)
            .withEncryptionMaterialsProvider(new StaticEncryptionMaterialsProvider(materials))
            .withCryptoConfiguration(new CryptoConfigurationV2(mode).withStorageMode(storage(request))
                .withRangeGetMode(request.hasNonNull("range") ? CryptoRangeGetMode.ALL : CryptoRangeGetMode.DISABLED))
            .build();
    }


    private static CryptoStorageMode storage(JsonNode request) {
        return request.path("envelope").asText().equals("instruction-file")
            ? CryptoStorageMode.InstructionFile : CryptoStorageMode.ObjectMetadata;
    }

    private static EndpointConfiguration endpoint(String variable) {
        return new EndpointConfiguration(System.getenv(variable), System.getenv("AWS_REGION"));
    }
}

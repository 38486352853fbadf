import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Map;
import java.util.function.Consumer;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.protocols.jsoncore.JsonWriter;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.encryption.s3.CommitmentPolicy;
import software.amazon.encryption.s3.S3EncryptionClient;
import software.amazon.encryption.s3.algorithms.AlgorithmSuite;
import software.amazon.encryption.s3.internal.InstructionFileConfig;
import software.amazon.encryption.s3.internal.ReEncryptInstructionFileRequest;

/** Speaks the interop protocol for the official Java client. */
public final class Driver {
    // The client keeps an object in memory until its tag is checked, and refuses what is larger than this.
    private static final long BUFFER = 1L << 30;

    private final URI store = URI.create(System.getenv("S3_ENDPOINT"));
    private final S3Configuration plain = S3Configuration.builder().pathStyleAccessEnabled(true).build();
    // Never used: while it is open, closing another async client does not wait two seconds for their common threads to end.
    private final S3AsyncClient idle = async();
    private final KmsClient kms = KmsClient.builder()
        .endpointOverride(URI.create(System.getenv("KMS_ENDPOINT"))).build();

    public static void main(String[] arguments) throws IOException {
        System.setProperty("org.apache.commons.logging.Log", "org.apache.commons.logging.impl.NoOpLog");
        System.setProperty("io.netty.leakDetection.level", "disabled");
        Driver driver = new Driver();
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(driver.answer(Request.parse(line)));
        }
        // Threads of the SDK are still there.
        System.exit(0);
    }

    private String answer(Request request) {
        JsonWriter json = JsonWriter.create().writeStartObject();
        json.writeFieldName("id").writeValue(request.id());
        try {
            if (request.text("operation").equals("describe")) {
                Description.write(json);
            } else {
                perform(request);
            }
            json.writeFieldName("ok").writeValue(true);
        } catch (Exception | LinkageError failure) {
            json = JsonWriter.create().writeStartObject();
            json.writeFieldName("id").writeValue(request.id());
            json.writeFieldName("ok").writeValue(false);
            json.writeFieldName("error").writeValue(chain(failure));
        }
        return new String(json.writeEndObject().getBytes(), StandardCharsets.UTF_8);
    }

    /** With connections of its own, as the client never gives back those of instruction files and of failed gets. */
    private void perform(Request request) throws GeneralSecurityException, IOException {
        try (S3Client s3 = S3Client.builder().endpointOverride(store).serviceConfiguration(plain).build();
             S3AsyncClient async = async()) {
            S3EncryptionClient client = client(request, s3, async);
            switch (request.text("operation")) {
                case "put" -> put(request, client);
                case "get" -> get(request, client);
                case "reencrypt" -> reencrypt(request, client);
                default -> throw new IllegalArgumentException("no operation " + request.text("operation"));
            }
        }
    }

    private S3AsyncClient async() {
        return S3AsyncClient.builder().endpointOverride(store).serviceConfiguration(plain).build();
    }

    private void put(Request request, S3EncryptionClient client) {
        if (request.optional("wrap").or(() -> request.optional("content")).isPresent()) {
            throw new IllegalArgumentException("this client writes no legacy objects");
        }
        client.putObject(
            object -> object.bucket(request.text("bucket")).key(request.text("key"))
                .overrideConfiguration(options(request)),
            RequestBody.fromFile(Path.of(request.text("body"))));
    }

    private void get(Request request, S3EncryptionClient client) throws IOException {
        Path output = Path.of(request.text("output"));
        Files.deleteIfExists(output);
        client.getObject(
            object -> object.bucket(request.text("bucket")).key(request.text("key"))
                .range(request.optional("range").orElse(null)).overrideConfiguration(options(request)),
            ResponseTransformer.toFile(output));
    }

    /** Rewrites the instruction file for newKeyring; a suffix counts as the protocol has it, with its dot. */
    private void reencrypt(Request request, S3EncryptionClient client) throws GeneralSecurityException {
        Map<String, String> description = request.map("newMaterialDescription");
        var change = ReEncryptInstructionFileRequest.builder()
            .bucket(request.text("bucket")).key(request.text("key"))
            .newKeyring(Keyrings.raw(request.object("newKeyring"), description, request.flag("legacy")))
            .enforceRotation(request.flag("enforceRotation"));
        request.optional("suffix").ifPresent(suffix -> change.instructionFileSuffix(suffix.replaceFirst("^\\.", "")));
        client.reEncryptInstructionFile(change.build());
    }

    private static Consumer<AwsRequestOverrideConfiguration.Builder> options(Request request) {
        return configuration -> {
            S3EncryptionClient.withAdditionalConfiguration(request.map("encryptionContext")).accept(configuration);
            request.optional("suffix")
                .ifPresent(suffix -> S3EncryptionClient.withCustomInstructionFileSuffix(suffix).accept(configuration));
        };
    }

    private S3EncryptionClient client(Request request, S3Client s3, S3AsyncClient async)
            throws GeneralSecurityException {
        boolean legacy = request.flag("legacy");
        boolean committing = request.optional("format").orElse("V3").equals("V3");
        boolean reading = request.text("operation").equals("get");
        boolean writesFile = request.text("operation").equals("reencrypt")
            || request.optional("envelope").orElse("").equals("instruction-file");
        CommitmentPolicy policy = committing ? CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
            : reading ? CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT
            : CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT;
        return S3EncryptionClient.builderV4()
            .wrappedClient(s3).wrappedAsyncClient(async)
            .keyring(Keyrings.of(request.object("keyring"), request.map("materialDescription"), legacy, kms))
            .commitmentPolicy(policy)
            .encryptionAlgorithm(committing || reading ? AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY
                : AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF)
            .instructionFileConfig(InstructionFileConfig.builder()
                .instructionFileClient(s3).enableInstructionFilePutObject(writesFile).build())
            .enableLegacyUnauthenticatedModes(legacy || request.optional("range").isPresent())
            .setBufferSize(BUFFER)
            .build();
    }

    /** The failure and what it came from: the client says the reason only in the cause. */
    private static String chain(Throwable failure) {
        StringBuilder text = new StringBuilder();
        for (Throwable each = failure; each != null; each = each.getCause()) {
            text.append(text.isEmpty() ? "" : " <- ")
                .append(each.getClass().getSimpleName()).append(": ").append(each.getMessage());
        }
        return text.toString();
    }
}

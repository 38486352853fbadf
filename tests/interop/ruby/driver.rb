# frozen_string_literal: true

# Speaks the interop protocol for the official Ruby clients, the V2 one and the first one, whose objects are legacy today.

require "json"
require "openssl"
require "aws-sdk-s3"
require "aws-sdk-kms"

# What the clients can do, as observed. The first client's RSA wrap is PKCS #1 v1.5, and its KMS context is its own.
def description
  current = %w[metadata instruction-file].flat_map do |envelope|
    { "aes" => "description", "rsa" => "description", "kms" => "context" }.map do |keyring, map|
      { format: "V2", keyring: keyring, envelope: envelope, map => "any" }
    end
  end
  legacy = %w[metadata instruction-file].flat_map do |envelope|
    [
      { format: "V1", keyring: "aes", envelope: envelope, content: "cbc", description: "any" },
      { format: "V1", keyring: "rsa", envelope: envelope, content: "cbc", description: "any" },
      { format: "V2", keyring: "kms", envelope: envelope, wrap: "kms", content: "cbc", context: "none" }
    ]
  end
  { client: "aws-sdk-s3 (Ruby) #{Aws::S3::GEM_VERSION}", writes: current + legacy, reads: current, namesKmsKey: names_kms_key? }
end

# KMS's Decrypt had no KeyId when the KMS client was made that Debian has.
def names_kms_key?
  Aws::KMS::Client.api.operation(:decrypt).input.shape.member?(:key_id)
end

class Driver
  def initialize
    @s3 = Aws::S3::Client.new(endpoint: ENV.fetch("S3_ENDPOINT"), force_path_style: true)
    @kms = Aws::KMS::Client.new(endpoint: ENV.fetch("KMS_ENDPOINT"))
  end

  def answer(request)
    case request["operation"]
    when "describe" then description
    when "put" then put(request)
    when "get" then get(request)
    else raise ArgumentError, "no operation #{request["operation"]}"
    end
  end

  private

  def put(request)
    client = legacy?(request) ? first_client(request) : second_client(request)
    File.open(request["body"], "rb") { |body| client.put_object(**where(request), body: body) }
    {}
  end

  # Only what passed its tag is kept: the client hands out plaintext as it comes.
  def get(request)
    options = kms?(request) && !names_kms_key? ? { kms_allow_decrypt_with_any_cmk: true } : {}
    content = second_client(request).get_object(where(request).merge(options)).body.read
    File.binwrite(request["output"], content)
    {}
  end

  def where(request)
    place = { bucket: request["bucket"], key: request["key"] }
    place[:kms_encryption_context] = request["encryptionContext"] || {} if kms?(request) && !legacy?(request)
    place
  end

  def kms?(request)
    request["keyring"]["type"] == "kms"
  end

  def legacy?(request)
    request["format"] == "V1" || request.key?("wrap") || request.key?("content")
  end

  def first_client(request)
    raise ArgumentError, "the first client chooses its own context" if kms?(request) && !context(request).empty?

    Aws::S3::Encryption::Client.new(**common(request))
  end

  def second_client(request)
    schema = { "aes" => :aes_gcm, "rsa" => :rsa_oaep_sha1, "kms" => :kms_context }.fetch(request["keyring"]["type"])
    Aws::S3::EncryptionV2::Client.new(
      **common(request),
      key_wrap_schema: schema, content_encryption_schema: :aes_gcm_no_padding, security_profile: :v2
    )
  end

  def common(request)
    location = request["envelope"] == "instruction-file" ? :instruction_file : :metadata
    { client: @s3, envelope_location: location, **key(request) }
  end

  def key(request)
    keyring = request["keyring"]
    return { kms_key_id: keyring["keyId"], kms_client: @kms } if kms?(request)

    { key_provider: OneKey.new(keyring, JSON.generate(request["materialDescription"] || {}, ascii_only: true)) }
  end

  def context(request)
    request["encryptionContext"] || {}
  end
end

# Both clients ask a key provider, the only way to give a material description.
class OneKey
  attr_reader :encryption_materials

  def initialize(keyring, description)
    key = keyring["type"] == "aes" ? keyring["key"].unpack1("m") : rsa(keyring)
    @encryption_materials = Aws::S3::EncryptionV2::Materials.new(key: key, description: description)
  end

  def key_for(_description)
    @encryption_materials.key
  end

  private

  def rsa(keyring)
    OpenSSL::PKey::RSA.new(keyring["privateKey"] || keyring["publicKey"])
  end
end

$stdout.sync = true
driver = Driver.new
$stdin.each_line do |line|
  request = JSON.parse(line)
  answer = begin
    { ok: true, **driver.answer(request) }
  rescue StandardError => e
    { ok: false, error: "#{e.class}: #{e.message}" }
  end
  puts JSON.generate({ id: request["id"], **answer })
end

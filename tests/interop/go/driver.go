package main

import (
	"errors"
	"io"
	"os"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/kms"
	"github.com/aws/aws-sdk-go/service/s3"
	"github.com/aws/aws-sdk-go/service/s3/s3crypto"
)

type driver struct {
	session *session.Session
	s3      *s3.S3
	kms     *kms.KMS
}

func newDriver() (*driver, error) {
	store, err := session.NewSession(&aws.Config{
		Endpoint:         aws.String(os.Getenv("S3_ENDPOINT")),
		S3ForcePathStyle: aws.Bool(true),
	})
	if err != nil {
		return nil, err
	}
	keys := kms.New(store, &aws.Config{Endpoint: aws.String(os.Getenv("KMS_ENDPOINT"))})
	return &driver{session: store, s3: s3.New(store), kms: keys}, nil
}

var errUnsupported = errors.New("this client knows V2 with KMS only")

func (d *driver) put(request *Request) error {
	if request.Keyring.Type != "kms" || request.Format != "V2" {
		return errUnsupported
	}
	file, err := os.Open(request.Body)
	if err != nil {
		return err
	}
	defer file.Close()
	object := &s3.PutObjectInput{Bucket: &request.Bucket, Key: &request.Key, Body: file}
	context := s3crypto.MaterialDescription(aws.StringMap(request.EncryptionContext))
	if request.Wrap == "kms" {
		return d.putLegacy(request, object, context)
	}
	generator := s3crypto.NewKMSContextKeyGenerator(d.kms, request.Keyring.KeyID, context)
	client, err := s3crypto.NewEncryptionClientV2(d.session, s3crypto.AESGCMContentCipherBuilderV2(generator),
		func(options *s3crypto.EncryptionClientOptions) { options.SaveStrategy = d.saving(request) })
	if err != nil {
		return err
	}
	_, err = client.PutObject(object)
	return err
}

// The first client, whose objects are legacy today.
func (d *driver) putLegacy(request *Request, object *s3.PutObjectInput, context s3crypto.MaterialDescription) error {
	generator := s3crypto.NewKMSKeyGeneratorWithMatDesc(d.kms, request.Keyring.KeyID, context)
	content := s3crypto.AESGCMContentCipherBuilder(generator)
	if request.Content == "cbc" {
		content = s3crypto.AESCBCContentCipherBuilder(generator, s3crypto.AESCBCPadder)
	}
	client := s3crypto.NewEncryptionClient(d.session, content,
		func(client *s3crypto.EncryptionClient) { client.SaveStrategy = d.saving(request) })
	_, err := client.PutObject(object)
	return err
}

func (d *driver) saving(request *Request) s3crypto.SaveStrategy {
	if request.Envelope == "instruction-file" {
		return s3crypto.S3SaveStrategy{Client: d.s3, InstructionFileSuffix: request.Suffix}
	}
	return s3crypto.HeaderV2SaveStrategy{}
}

func (d *driver) get(request *Request) error {
	if request.Keyring.Type != "kms" {
		return errUnsupported
	}
	registry, err := d.registry(request)
	if err != nil {
		return err
	}
	client, err := s3crypto.NewDecryptionClientV2(d.session, registry, func(options *s3crypto.DecryptionClientOptions) {
		if request.Suffix != "" {
			options.LoadStrategy = s3crypto.S3LoadStrategy{Client: d.s3, InstructionFileSuffix: request.Suffix}
		}
	})
	if err != nil {
		return err
	}
	object, err := client.GetObject(&s3.GetObjectInput{Bucket: &request.Bucket, Key: &request.Key})
	if err != nil {
		return err
	}
	defer object.Body.Close()
	file, err := os.Create(request.Output)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, object.Body)
	return errors.Join(err, file.Close())
}

// The algorithms that may be read. The client compares no context of the caller's: KMS is sent the stored one.
func (d *driver) registry(request *Request) (*s3crypto.CryptoRegistry, error) {
	registry, key := s3crypto.NewCryptoRegistry(), request.Keyring.KeyID
	err := errors.Join(
		s3crypto.RegisterAESGCMContentCipher(registry),
		s3crypto.RegisterKMSContextWrapWithCMK(registry, d.kms, key))
	if request.Legacy {
		err = errors.Join(err,
			s3crypto.RegisterAESCBCContentCipher(registry, s3crypto.AESCBCPadder),
			s3crypto.RegisterKMSWrapWithCMK(registry, d.kms, key))
	}
	return registry, err
}

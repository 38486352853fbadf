package main

import (
	"github.com/aws/aws-sdk-go/aws"
)

// What the client can do, as observed. It knows KMS only, and no V3.
func describe(answer map[string]any) {
	answer["client"] = "aws-sdk-go s3crypto " + aws.SDKVersion
	answer["writes"] = combinations("ascii")
	answer["reads"] = combinations("any")
	answer["comparesContext"] = false
}

func combinations(inMetadata string) []map[string]string {
	list := []map[string]string{}
	for _, envelope := range []string{"metadata", "instruction-file"} {
		context := "any"
		if envelope == "metadata" {
			context = inMetadata
		}
		for _, legacy := range []map[string]string{{}, {"wrap": "kms"}, {"wrap": "kms", "content": "cbc"}} {
			entry := map[string]string{"format": "V2", "keyring": "kms", "envelope": envelope, "context": context}
			for name, value := range legacy {
				entry[name] = value
			}
			list = append(list, entry)
		}
	}
	return list
}

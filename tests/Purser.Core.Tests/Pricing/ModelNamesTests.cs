using Purser.Core.Pricing;
using Xunit;

namespace Purser.Core.Tests.Pricing;

/// <summary>Names that a provider documents to mean a model which the book lists by another name.</summary>
public sealed class ModelNamesTests
{
    private static readonly PriceBook Book = PriceBook
        .Parse([
            Of("openai", "gpt-4o-mini-2024-07-18", "ft:gpt-4o-mini-2024-07-18"),
            Of("azure", "gpt-4o-mini-2024-07-18", "ft:gpt-4o-mini-2024-07-18"),
            Of("aws", "anthropic.claude-x-v1:0", "us.anthropic.claude-x-v1:0"),
            Of("google", "gemini-x"),
        ])
        .Book!;

    [Theory]
    [InlineData("openai", "ft:gpt-4o-mini-2024-07-18:my-org::AbC123", "ft:gpt-4o-mini-2024-07-18")]
    [InlineData("openai", "ft:gpt-4o-mini-2024-07-18", "ft:gpt-4o-mini-2024-07-18")]
    [InlineData("azure", "gpt-4o-mini-2024-07-18.ft-0123456789abcdef0123456789abcdef", "ft:gpt-4o-mini-2024-07-18")]
    [InlineData("aws", "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-x-v1:0", "us.anthropic.claude-x-v1:0")]
    [InlineData("aws", "arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/anthropic.claude-x-v1:0", "anthropic.claude-x-v1:0")]
    [InlineData("google", "models/gemini-x", "gemini-x")]
    [InlineData("google", "publishers/google/models/gemini-x", "gemini-x")]
    [InlineData("google", "projects/p/locations/us-central1/publishers/google/models/gemini-x", "gemini-x")]
    public void Such_a_name_means_a_listed_one(string provider, string name, string id) =>
        Assert.Equal(id, Book.FindModel(provider, name)?.Id);

    [Theory]
    [InlineData("openai", "ft:gpt-4o-2024-08-06:my-org::AbC123")] // fine-tuned from what isn't listed
    [InlineData("openai", "ft:")]
    [InlineData("openai", "gpt-4o-mini-2024-07-18.ft-0123")] // Azure's way
    [InlineData("openai", "GPT-4o-mini-2024-07-18")]
    [InlineData("azure", ".ft-0123")]
    [InlineData("aws", "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdef")]
    [InlineData("aws", "arn:aws:bedrock:us-east-1:123456789012:custom-model/anthropic.claude-x-v1:0")]
    [InlineData("aws", "arn:aws:s3:us-east-1:123456789012:inference-profile/us.anthropic.claude-x-v1:0")]
    [InlineData("aws", "arn:")]
    [InlineData("google", "projects/p/locations/us-central1/models/gemini-x")] // tuned
    [InlineData("google", "tunedModels/gemini-x")]
    [InlineData("google", "x/publishers/google/models/gemini-x")]
    [InlineData("mistral", "models/gemini-x")]
    public void What_only_looks_like_one_does_not(string provider, string name) => Assert.Null(Book.FindModel(provider, name));

    private static PriceFile Of(string provider, params string[] ids) =>
        new(
            $"{provider}.yml",
            $"provider: {provider}\nmodels:\n"
                + string.Concat(
                    ids.Select(id =>
                        $"  - id: {id}\n    prices:\n      - start: unknown\n        source: made up for tests\n        input_per_mtok: 1\n        output_per_mtok: 2\n"
                    )
                )
        );
}

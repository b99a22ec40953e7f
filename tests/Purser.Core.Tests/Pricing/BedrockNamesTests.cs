using Purser.Core.Usage;
using Xunit;

namespace Purser.Core.Tests.Pricing;

/// <summary>What the shipped book has for the names that Bedrock's models, profiles and ARNs go by.</summary>
public sealed class BedrockNamesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 27, 0, 0, 0, TimeSpan.Zero);

    // Claude costs a tenth more where its calls stay in an area; Nova is dearer outside the United States.
    [Theory]
    [InlineData("anthropic.claude-sonnet-4-6", "3.3")]
    [InlineData("us.anthropic.claude-sonnet-4-6", "3.3")]
    [InlineData("jp.anthropic.claude-sonnet-4-6", "3.3")]
    [InlineData("global.anthropic.claude-sonnet-4-6", "3")]
    [InlineData("us.anthropic.claude-haiku-4-5-20251001-v1:0", "1.1")]
    [InlineData("global.anthropic.claude-haiku-4-5-20251001-v1:0", "1")]
    [InlineData("us.amazon.nova-lite-v1:0", "0.06")]
    [InlineData("eu.amazon.nova-lite-v1:0", "0.078")]
    [InlineData("arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-6", "3.3")]
    [InlineData("arn:aws:bedrock:us-east-1:123456789012:inference-profile/global.anthropic.claude-sonnet-4-6", "3")]
    [InlineData("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0", "0.06")]
    public void A_name_then_the_price_of_its_area(string name, string inputPerMtok) =>
        Assert.Equal(
            decimal.Parse(inputPerMtok, System.Globalization.CultureInfo.InvariantCulture),
            ShippedPrices.Book.FindModel("aws", name)!.PriceAt(Now)!.Standard.Rates.Rate(UsageClass.Input)
        );

    [Theory]
    [InlineData("ca.anthropic.claude-sonnet-4-6")]
    [InlineData("apac.anthropic.claude-opus-5")]
    [InlineData("US.anthropic.claude-sonnet-4-6")]
    [InlineData("us.anthropic.claude-sonnet-4-6:0")]
    [InlineData("global.amazon.nova-lite-v1:0")]
    [InlineData("arn:aws:bedrock:us-east-1:123456789012:inference-profile/ca.anthropic.claude-sonnet-4-6")]
    [InlineData("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/us.anthropic.claude-sonnet-4-6")]
    [InlineData("arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abcdef")]
    public void An_area_or_a_thing_without_a_price_then_nothing(string name) => Assert.Null(ShippedPrices.Book.FindModel("aws", name));
}

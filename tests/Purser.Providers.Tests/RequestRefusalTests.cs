using System.Text;

namespace Purser.Providers.Tests;

public class RequestRefusalTests
{
    // Those that have the model, the stream and the limit in the body by these names.
    private static readonly WireFormat[] Alike = [ProviderCatalog.Chat, ProviderCatalog.Responses, ProviderCatalog.Messages];

    [Theory]
    // Not JSON.
    [InlineData("", "invalid_json")]
    [InlineData("   ", "invalid_json")]
    [InlineData("hello", "invalid_json")]
    [InlineData("""{"model":"m",}""", "invalid_json")]
    [InlineData("""{"model":"m"} x""", "invalid_json")]
    [InlineData("""{"model":"m"}{"model":"m"}""", "invalid_json")]
    [InlineData("""{"model":"m" /* c */}""", "invalid_json")]
    [InlineData("""{"model":"m","messages":[""", "invalid_json")]
    [InlineData("{'model':'m'}", "invalid_json")]
    [InlineData("""{"model":"m","x":01}""", "invalid_json")]
    [InlineData("""{"model":"m","x":NaN}""", "invalid_json")]
    [InlineData("[1,2", "invalid_json")]
    // JSON, but no request.
    [InlineData("[]", "not_an_object")]
    [InlineData("null", "not_an_object")]
    [InlineData("\"model\"", "not_an_object")]
    [InlineData("""[{"model":"m"}]""", "not_an_object")]
    // The model.
    [InlineData("{}", "model_missing")]
    [InlineData("""{"messages":[{"model":"m"}]}""", "model_missing")]
    [InlineData("""{"model":null}""", "invalid_member")]
    [InlineData("""{"model":7}""", "invalid_member")]
    [InlineData("""{"model":""}""", "invalid_member")]
    [InlineData("""{"model":"  "}""", "invalid_member")]
    [InlineData("""{"model":"a\nb"}""", "invalid_member")]
    [InlineData("""{"model":["m"]}""", "invalid_member")]
    // Members twice, in any spelling of their names.
    [InlineData("""{"model":"m","model":"m"}""", "duplicate_member")]
    [InlineData("""{"model":"m","\u006dodel":"n"}""", "duplicate_member")]
    [InlineData("""{"model":"m","stream":true,"stream":false}""", "duplicate_member")]
    [InlineData("""{"model":"m","max_tokens":1,"max_tokens":9}""", "duplicate_member")]
    [InlineData("""{"model":"m","service_tier":"flex","service_tier":"priority"}""", "duplicate_member")]
    [InlineData("""{"model":"m","Model":"n"}""", "ambiguous_member")]
    [InlineData("""{"model":"m","MAX_TOKENS":9}""", "ambiguous_member")]
    [InlineData("""{"model":"m","\u0053tream":true}""", "ambiguous_member")]
    // Values.
    [InlineData("""{"model":"m","stream":"true"}""", "invalid_member")]
    [InlineData("""{"model":"m","stream":1}""", "invalid_member")]
    [InlineData("""{"model":"m","max_tokens":0}""", "invalid_member")]
    [InlineData("""{"model":"m","max_tokens":-1}""", "invalid_member")]
    [InlineData("""{"model":"m","max_tokens":1.5}""", "invalid_member")]
    [InlineData("""{"model":"m","max_tokens":1.0}""", "invalid_member")]
    [InlineData("""{"model":"m","max_tokens":1e3}""", "invalid_member")]
    [InlineData("""{"model":"m","max_tokens":"9"}""", "invalid_member")]
    [InlineData("""{"model":"m","max_tokens":9223372036854775808}""", "invalid_member")]
    [InlineData("""{"model":"m","max_tokens":{}}""", "invalid_member")]
    [InlineData("""{"model":"m","service_tier":7}""", "invalid_member")]
    // Unicode.
    [InlineData("""{"model":"m","messages":["\ud83d"]}""", "invalid_unicode")]
    [InlineData("""{"model":"m","messages":["\ude00\ud83d"]}""", "invalid_unicode")]
    [InlineData("""{"model":"m","messages":[{"content":"a\n\ud83dx"}]}""", "invalid_unicode")]
    [InlineData("""{"model":"m","\ud83d":1}""", "invalid_unicode")]
    [InlineData("""{"model":"m","other":{"\ud83d":1}}""", "invalid_unicode")]
    [InlineData("""{"model":"\ud83d"}""", "invalid_unicode")]
    [InlineData("\uFEFF{\"model\":\"m\"}", "byte_order_mark")]
    public void Body_that_no_format_can_take_then_refused_by_name(string body, string code)
    {
        foreach (var format in Alike)
        {
            var own =
                format == ProviderCatalog.Responses
                    ? body.Replace("max_tokens", "max_output_tokens", StringComparison.Ordinal)
                        .Replace("MAX_TOKENS", "MAX_OUTPUT_TOKENS", StringComparison.Ordinal)
                    : body;
            Assert.Equal(code, format.Fault(own).Code);
        }
    }

    [Theory]
    [InlineData("""{"model":"m","n":0}""", "invalid_member", "n")]
    [InlineData("""{"model":"m","n":129}""", "invalid_member", "n")]
    [InlineData("""{"model":"m","n":1.5}""", "invalid_member", "n")]
    [InlineData("""{"model":"m","n":"2"}""", "invalid_member", "n")]
    [InlineData("""{"model":"m","n":2,"n":1}""", "duplicate_member", "n")]
    [InlineData("""{"model":"m","max_completion_tokens":0}""", "invalid_member", "max_completion_tokens")]
    [InlineData("""{"model":"m","stream_options":true}""", "invalid_member", "stream_options")]
    [InlineData("""{"model":"m","stream_options":{"include_usage":1}}""", "invalid_member", "stream_options.include_usage")]
    [InlineData(
        """{"model":"m","stream_options":{"include_usage":true,"include_usage":false}}""",
        "duplicate_member",
        "stream_options.include_usage"
    )]
    [InlineData("""{"model":"m","stream_options":{"Include_Usage":false}}""", "ambiguous_member", "stream_options.include_usage")]
    [InlineData("""{"model":"m","stream_options":{"\ud83d":false}}""", "invalid_unicode", null)]
    public void OpenAI_member_at_fault_then_named(string body, string code, string? param)
    {
        var fault = ProviderCatalog.Chat.Fault(body);

        Assert.Equal((code, param), (fault.Code, fault.Param));
    }

    [Theory]
    [InlineData("""{"model":"m","speed":1}""", "speed")]
    [InlineData("""{"model":"m","inference_geo":true}""", "inference_geo")]
    public void Anthropic_member_at_fault_then_named(string body, string param)
    {
        var fault = ProviderCatalog.Messages.Fault(body);

        Assert.Equal(("invalid_member", param), (fault.Code, fault.Param));
    }

    [Fact]
    public void Model_of_256_characters_then_taken_and_257_refused()
    {
        var longest = new string('m', 256);
        Assert.Equal(longest, ProviderCatalog.Chat.Facts($$"""{"model":"{{longest}}"}""").Model);

        Assert.Equal("invalid_member", ProviderCatalog.Chat.Fault($$"""{"model":"{{longest}}m"}""").Code);
    }

    [Theory]
    [InlineData(63, null)]
    [InlineData(64, "nested_too_deep")]
    [InlineData(500, "nested_too_deep")]
    public void Nesting_then_allowed_to_64_levels(int arrays, string? code)
    {
        foreach (var member in new[] { "messages", "unknown", "tools" })
        {
            var body = $$"""{"model":"m","{{member}}":{{new string('[', arrays)}}{{new string(']', arrays)}}}""";
            foreach (var format in Alike)
            {
                Assert.Equal(code, format.Understand(Wire.Bytes(body)).Fault?.Code);
            }
        }
    }

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0xC0, 0x80 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    public void Bytes_that_are_no_UTF8_then_refused(byte[] bad)
    {
        byte[] body = [.. "{\"model\":\"m\",\"messages\":[\""u8, .. bad, .. "\"]}"u8];

        Assert.Equal("invalid_unicode", ProviderCatalog.Chat.Understand(body).Fault?.Code);
    }

    [Fact]
    public void Message_of_a_refusal_then_says_where_and_quotes_nothing()
    {
        var fault = ProviderCatalog.Chat.Fault("{\"model\":\"m\",\n\"messages\":[secret]}");

        Assert.Equal("The body is not valid JSON (line 2, byte 13).", fault.Message);
    }

    [Fact]
    public void Whole_surrogate_pairs_and_null_members_then_taken()
    {
        var facts = ProviderCatalog.Chat.Facts(
            """{"model":"m","stream":null,"max_tokens":null,"n":null,"stream_options":null,"service_tier":null,"user":null,"metadata":null,"tools":null,"modalities":null,"audio":null,"prediction":null,"messages":["\ud83d\ude00","\\ud83d"]}"""
        );

        Assert.Equal((false, null, 1L), (facts.Stream, facts.MaxOutputTokens, facts.Choices));
        Assert.Equal((null, null, null), (facts.ServiceTier, facts.EndUser, facts.Metadata));
        Assert.Equal((false, false, 0L), (facts.HasTools, facts.AudioOutput, facts.PredictionBytes));
    }

    [Fact]
    public void Any_body_then_counted_in_bytes()
    {
        const string body = """{"model":"m","messages":["é"]}""";

        Assert.Equal(Encoding.UTF8.GetByteCount(body), ProviderCatalog.Chat.Facts(body).BodyBytes);
    }
}

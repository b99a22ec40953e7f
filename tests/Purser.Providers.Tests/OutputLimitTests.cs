namespace Purser.Providers.Tests;

public class OutputLimitTests
{
    [Theory]
    // Replaced in place, whatever surrounds it.
    [InlineData("""{"model":"m","max_tokens":500}""", """{"model":"m","max_tokens":80}""")]
    [InlineData("""{ "max_completion_tokens" : 64000 , "model":"m"} """, """{ "max_completion_tokens" : 80 , "model":"m"} """)]
    [InlineData("""{"max\u005ftokens":500,"model":"m"}""", """{"max\u005ftokens":80,"model":"m"}""")]
    // Both are there: none lets more through.
    [InlineData(
        """{"max_tokens":500,"model":"m","max_completion_tokens":600}""",
        """{"max_tokens":80,"model":"m","max_completion_tokens":80}"""
    )]
    [InlineData(
        """{"max_tokens":5,"model":"m","max_completion_tokens":600}""",
        """{"max_tokens":5,"model":"m","max_completion_tokens":80}"""
    )]
    [InlineData(
        """{"max_tokens":null,"model":"m","max_completion_tokens":600}""",
        """{"max_tokens":null,"model":"m","max_completion_tokens":80}"""
    )]
    // Null is no limit.
    [InlineData("""{"max_tokens":null,"model":"m"}""", """{"max_tokens":80,"model":"m"}""")]
    [InlineData("""{"max_completion_tokens":null,"model":"m"}""", """{"max_completion_tokens":80,"model":"m"}""")]
    // None: added.
    [InlineData("""{"model":"m"}""", """{"model":"m","max_completion_tokens":80}""")]
    [InlineData("{\"model\":\"m\" \n} ", "{\"model\":\"m\" \n,\"max_completion_tokens\":80} ")]
    [InlineData(
        """{"model":"m","messages":[{"max_tokens":9000}]}""",
        """{"model":"m","messages":[{"max_tokens":9000}],"max_completion_tokens":80}"""
    )]
    // Never raised.
    [InlineData("""{"model":"m","max_tokens":79}""", """{"model":"m","max_tokens":79}""")]
    [InlineData("""{"model":"m","max_tokens":80}""", """{"model":"m","max_tokens":80}""")]
    public void Limit_of_OpenAI_then_lowered_and_all_else_kept(string body, string sent) =>
        Assert.Equal(sent, ProviderCatalog.Chat.Limited(body, 80));

    [Theory]
    [InlineData("""{"model":"m","max_tokens":500}""", """{"model":"m","max_tokens":80}""")]
    [InlineData("""{"model":"m"}""", """{"model":"m","max_tokens":80}""")]
    [InlineData("""{"model":"m","max_tokens":8}""", """{"model":"m","max_tokens":8}""")]
    // A fallback's own limit counts for the fallback, in whatever form a lenient decoder takes it.
    [InlineData(
        """{"fallbacks":[{"model":"a","max_tokens":900},{"model":"b","max_tokens":9},{"max_tokens":1e3,"max_tokens":81.5}],"model":"m","max_tokens":500}""",
        """{"fallbacks":[{"model":"a","max_tokens":80},{"model":"b","max_tokens":9},{"max_tokens":80,"max_tokens":80}],"model":"m","max_tokens":80}"""
    )]
    [InlineData(
        """{"model":"m","max_tokens":5,"fallbacks":[{"max_tokens":"900"},{"max_tokens":"7"}]}""",
        """{"model":"m","max_tokens":5,"fallbacks":[{"max_tokens":80},{"max_tokens":"7"}]}"""
    )]
    [InlineData("""{"model":"m","fallbacks":[{"max_tokens":5}]}""", """{"model":"m","fallbacks":[{"max_tokens":5}],"max_tokens":80}""")]
    public void Limit_of_Anthropic_then_lowered_and_all_else_kept(string body, string sent) =>
        Assert.Equal(sent, ProviderCatalog.Messages.Limited(body, 80));

    [Theory]
    [InlineData("converse", "{}", """{"inferenceConfig":{"maxTokens":80}}""")]
    [InlineData("converse", "{ \n} ", "{ \n\"inferenceConfig\":{\"maxTokens\":80}} ")]
    [InlineData("gemini", "{}", """{"generationConfig":{"maxOutputTokens":80}}""")]
    [InlineData("vertex-messages", "{}", """{"max_tokens":80}""")]
    // A brace that a text ends with begins no object.
    [InlineData("converse", """{"x":"{"}""", """{"x":"{","inferenceConfig":{"maxTokens":80}}""")]
    public void Nothing_is_in_the_body_then_no_comma_stands_before_the_limit(string name, string body, string sent)
    {
        var format = ProviderCatalog.Formats.First(format => format.Name == name);
        var facts = format.Understand(Wire.Bytes(body), new RequestTarget("m", false)).Facts!;
        var output = new System.Buffers.ArrayBufferWriter<byte>();

        format.WriteRequest(Wire.Bytes(body), facts, "m", output, 80);

        Assert.Equal(sent, System.Text.Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void Limit_model_and_usage_changed_at_once_then_each_in_its_place()
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        var body = """{"max_tokens":500,"stream":true,"model":"m"}""";

        ProviderCatalog.Chat.WriteRequest(Wire.Bytes(body), ProviderCatalog.Chat.Facts(body), "other", output, 80);

        Assert.Equal(
            """{"max_tokens":80,"stream":true,"model":"other","stream_options":{"include_usage":true}}""",
            System.Text.Encoding.UTF8.GetString(output.WrittenSpan)
        );
    }

    [Theory]
    [InlineData("""{"model":"m","max_tokens":1,"max_tokens":9}""")]
    [InlineData("""{"model":"m","max_completion_tokens":1,"max_completion_tokens":9}""")]
    [InlineData("""{"model":"m","max_tokens":1,"max_t\u006fkens":9}""")]
    [InlineData("""{"model":"m","thinking":{},"thinking":{}}""")]
    public void Limit_there_twice_then_refused(string body)
    {
        var format = body.Contains("completion", StringComparison.Ordinal) ? ProviderCatalog.Chat : ProviderCatalog.Messages;

        Assert.Equal(RequestFaults.DuplicateMember, format.Fault(body).Code);
    }

    [Fact]
    public void Limits_then_their_places_are_known()
    {
        var facts = ProviderCatalog.Chat.Facts("""{"max_tokens":500,"model":"m","max_completion_tokens":null}""");

        Assert.Equal(
            [new OutputLimit(new JsonSlice(14, 3), 500, true), new OutputLimit(new JsonSlice(54, 4), null, true)],
            facts.OutputLimits
        );
        Assert.Equal(500, facts.MaxOutputTokens);
    }

    [Theory]
    [InlineData("""{"model":"m","max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":4000}}""", 4001)]
    [InlineData("""{"thinking":{"budget_tokens":1,"budget_tokens":4000.5},"model":"m","max_tokens":9000}""", 4002)]
    [InlineData("""{"model":"m","max_tokens":9000,"fallbacks":[{"thinking":{"budget_tokens":5000}}]}""", 5001)]
    [InlineData("""{"model":"m","max_tokens":9000,"thinking":{"type":"adaptive"}}""", 1)]
    [InlineData("""{"model":"m","max_tokens":9000,"thinking":null}""", 1)]
    [InlineData("""{"model":"m","max_tokens":4000,"thinking":{"type":"enabled","budget_tokens":4000}}""", 1)]
    [InlineData("""{"model":"m"}""", 1)]
    public void Budget_for_thinking_then_the_limit_must_stay_above_it(string body, long lowest) =>
        Assert.Equal(lowest, ProviderCatalog.Messages.Facts(body).LowestOutputLimit);
}

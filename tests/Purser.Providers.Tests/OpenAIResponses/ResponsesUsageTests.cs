using Purser.Core.Usage;

namespace Purser.Providers.Tests.OpenAIResponses;

public class ResponsesUsageTests
{
    private static readonly WireFormat Format = ProviderCatalog.Responses;

    private const string Usage =
        """{"input_tokens":1000,"input_tokens_details":{"cached_tokens":600},"output_tokens":200,"output_tokens_details":{"reasoning_tokens":150},"total_tokens":1200}""";

    [Fact]
    public void Whole_answer_then_read()
    {
        var reading = Format.Read(
            $$"""
            {"id":"resp_1","object":"response","created_at":1,"status":"incomplete","background":false,"error":null,
             "incomplete_details":{"reason":"max_output_tokens"},"instructions":"not counted","model":"gpt-5-mini-2025-08-07",
             "output":[{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"Hm."}]},
              {"id":"msg_1","type":"message","status":"completed","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"Hello"}],"role":"assistant"},
              {"id":"ws_1","type":"web_search_call","status":"completed","action":{"type":"search","query":"q"} }],
             "tools":[{"type":"function","name":"not counted"}],"service_tier":"priority","usage":{{Usage}} ,"user":null,"metadata":{} }
            """
        );

        Assert.Equal(
            (400L, 600L, 50L, 150L, 1L),
            (
                reading.Usage[UsageClass.Input],
                reading.Usage[UsageClass.CacheRead],
                reading.Usage[UsageClass.Output],
                reading.Usage[UsageClass.ReasoningOutput],
                reading.Usage[UsageClass.WebSearch]
            )
        );
        Assert.Equal(
            ("resp_1", "gpt-5-mini-2025-08-07", "priority", "max_output_tokens"),
            (reading.ResponseId, reading.ServedModel, reading.ServiceTier, reading.StopReason)
        );
        // "Hm." and "Hello" and "q".
        Assert.Equal((true, true, 9L, 96L), (reading.HasUsage, reading.UsageIsFinal, reading.RelayedOutputBytes, reading.StructureTokens));
        Assert.Equal((null, false, false), (reading.Violation, reading.SawError, reading.MayThinkUnseen));
        Assert.Equal(Usage, System.Text.Encoding.UTF8.GetString(reading.RawUsage!));
    }

    [Theory]
    // The names of the other format don't count: vendors send both, one pair of them zero.
    [InlineData("""{"input_tokens":10,"output_tokens":5,"prompt_tokens":0,"completion_tokens":0}""", 10, 5)]
    [InlineData("""{"input_tokens":10,"output_tokens":5,"total_tokens":18}""", 10, 8)]
    public void Usage_then_by_this_formats_names(string usage, long input, long output)
    {
        var reading = Format.Read($$"""{"id":"r","status":"completed","output":[],"usage":{{usage}} }""");

        Assert.Equal((input, output), (reading.Usage.InputTokens, reading.Usage.OutputTokens));
    }

    [Theory]
    [InlineData("completed")]
    [InlineData("incomplete")]
    [InlineData("failed")]
    public void Last_event_then_its_usage_is_final(string end)
    {
        var (_, reading) = Format.Relay(
            """{"model":"m","stream":true}""",
            "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"resp_1\",\"status\":\"in_progress\",\"service_tier\":\"auto\",\"usage\":null}}\n\n",
            $"event: response.{end}\ndata: {{\"type\":\"response.{end}\",\"sequence_number\":1,\"response\":{{\"id\":\"resp_1\",\"status\":\"{end}\",\"service_tier\":\"default\",\"output\":[],\"usage\":{Usage}}}}}\n\n"
        );

        Assert.Equal((true, true, true, "default"), (reading.HasUsage, reading.UsageIsFinal, reading.Terminated, reading.ServiceTier));
        Assert.Equal((1000L, 200L, end == "failed"), (reading.Usage.InputTokens, reading.Usage.OutputTokens, reading.SawError));
    }

    [Fact]
    public void Stream_that_breaks_off_then_no_usage_but_what_was_seen()
    {
        var (_, reading) = Format.Relay("""{"model":"m","stream":true}""", ResponseEvents.Text("Hello")[..4].Aggregate(string.Concat));

        // The text, and an allowance for the message.
        Assert.Equal((false, false, 5L, 8L), (reading.HasUsage, reading.Terminated, reading.RelayedOutputBytes, reading.StructureTokens));
    }

    [Fact]
    public void Error_event_then_seen()
    {
        var (_, reading) = Format.Relay(
            """{"model":"m","stream":true}""",
            "event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"x\",\"param\":null,\"sequence_number\":1}\n\n"
        );

        Assert.True(reading.SawError);
    }
}

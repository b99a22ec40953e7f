using Purser.Core.Pricing;
using Purser.Core.Usage;

namespace Purser.Providers.Tests.Anthropic;

public class AnthropicUsageTests
{
    private static readonly WireFormat Format = ProviderCatalog.Messages;

    [Fact]
    public void Whole_answer_then_read()
    {
        var reading = Format.Read(
            """
            {"model":"claude-sonnet-5","id":"msg_01","type":"message","role":"assistant","content":[{"type":"text","text":"Hello"}],
             "stop_reason":"max_tokens","stop_sequence":null,
             "usage":{"input_tokens":2095,"cache_creation_input_tokens":100,"cache_read_input_tokens":50,
               "cache_creation":{"ephemeral_5m_input_tokens":60,"ephemeral_1h_input_tokens":40},"output_tokens":503,
               "output_tokens_details":{"thinking_tokens":3},"server_tool_use":{"web_search_requests":1,"web_fetch_requests":4},
               "service_tier":"batch","speed":"fast","inference_geo":"us"}}
            """
        );

        Assert.Equal("2095 50 60 40 | 500 3 | 1", Classes(reading.Usage));
        Assert.Equal(("msg_01", "claude-sonnet-5", "max_tokens"), (reading.ResponseId, reading.ServedModel, reading.StopReason));
        Assert.Equal(("batch", "fast", "us"), (reading.ServiceTier, reading.Speed, reading.InferenceGeo));
        Assert.Equal((true, true, 5L), (reading.HasUsage, reading.UsageIsFinal, reading.RelayedOutputBytes));
        Assert.Null(reading.Violation);
        Assert.Empty(reading.OtherModels);
    }

    private static string Classes(TokenUsage usage) =>
        $"{usage[UsageClass.Input]} {usage[UsageClass.CacheRead]} {usage[UsageClass.CacheWrite5m]} {usage[UsageClass.CacheWrite1h]}"
        + $" | {usage[UsageClass.Output]} {usage[UsageClass.ReasoningOutput]} | {usage[UsageClass.WebSearch]}";

    [Theory]
    // usage; input, read, write 5m, write 1h; output, thinking; searches; odd?
    [InlineData("\"input_tokens\":10,\"output_tokens\":5", "10 0 0 0 | 5 0 | 0", null)]
    [InlineData(
        "\"input_tokens\":10,\"output_tokens\":5,\"cache_creation\":null,\"server_tool_use\":null,\"output_tokens_details\":null",
        "10 0 0 0 | 5 0 | 0",
        null
    )]
    [InlineData("\"input_tokens\":10,\"output_tokens\":5,\"cache_creation\":{\"ephemeral_1h_input_tokens\":7}", "10 0 0 7 | 5 0 | 0", null)]
    // The sum and its parts.
    [InlineData(
        "\"input_tokens\":1,\"output_tokens\":1,\"cache_creation_input_tokens\":9,\"cache_creation\":{\"ephemeral_5m_input_tokens\":4,\"ephemeral_1h_input_tokens\":3}",
        "1 0 4 5 | 1 0 | 0",
        "the cache writes by time to live are not their sum"
    )]
    [InlineData(
        "\"input_tokens\":1,\"output_tokens\":1,\"cache_creation_input_tokens\":5,\"cache_creation\":{\"ephemeral_5m_input_tokens\":4,\"ephemeral_1h_input_tokens\":3}",
        "1 0 4 3 | 1 0 | 0",
        "the cache writes by time to live are not their sum"
    )]
    [InlineData(
        "\"input_tokens\":1,\"output_tokens\":1,\"cache_creation_input_tokens\":9",
        "1 0 0 9 | 1 0 | 0",
        "the cache writes are not split by time to live"
    )]
    [InlineData(
        "\"input_tokens\":1,\"output_tokens\":4,\"output_tokens_details\":{\"thinking_tokens\":5}",
        "1 0 0 0 | 4 5 | 0",
        "the thinking tokens exceed the output tokens"
    )]
    [InlineData("\"input_tokens\":-1,\"output_tokens\":4", "0 0 0 0 | 4 0 | 0", "a usage figure is negative")]
    [InlineData(
        "\"input_tokens\":1,\"output_tokens\":99999999999999999999",
        "1 0 0 0 | 1000000000000 0 | 0",
        "a usage figure is not an integer"
    )]
    public void Usage_then_split_into_disjoint_classes(string usage, string classes, string? violation)
    {
        var reading = Format.Read($"{{\"usage\":{{{usage}}}}}");

        Assert.Equal((classes, violation), (Classes(reading.Usage), reading.Violation));
    }

    [Fact]
    public void Writes_not_split_and_only_short_ones_asked_for_then_short()
    {
        var reading = new UsageReading { CacheWrites = CacheWriteHint.FiveMinutes };

        Format.ReadResponse("{\"usage\":{\"input_tokens\":1,\"output_tokens\":1,\"cache_creation_input_tokens\":9}}"u8, reading);

        Assert.Equal(("1 0 9 0 | 1 0 | 0", null), (Classes(reading.Usage), reading.Violation));
    }

    [Fact]
    public void Compaction_then_added_to_the_usage_that_leaves_it_out()
    {
        var reading = Format.Read(
            """
            {"usage":{"input_tokens":45,"output_tokens":1234,"iterations":[
              {"type":"compaction","input_tokens":180000,"output_tokens":3500,"cache_creation":{"ephemeral_5m_input_tokens":6,"ephemeral_1h_input_tokens":0},"cache_creation_input_tokens":6,"cache_read_input_tokens":5},
              {"type":"message","input_tokens":45,"output_tokens":1234,"model":"claude-opus-5"}]}}
            """
        );

        Assert.Equal(("180045 5 6 0 | 4734 0 | 0", null), (Classes(reading.Usage), reading.Violation));
    }

    [Fact]
    public void Advisor_then_billed_on_its_own_model_beside_the_usage()
    {
        var reading = Format.Read(
            """
            {"model":"claude-haiku-5","usage":{"input_tokens":412,"output_tokens":531,"iterations":[
              {"type":"message","input_tokens":412,"output_tokens":89},
              {"type":"advisor_message","model":"claude-opus-5","input_tokens":823,"output_tokens":1612,"cache_read_input_tokens":7},
              {"type":"message","input_tokens":0,"output_tokens":442}]}}
            """
        );

        Assert.Equal(("412 0 0 0 | 531 0 | 0", null), (Classes(reading.Usage), reading.Violation));
        var other = Assert.Single(reading.OtherModels);
        Assert.Equal(("claude-opus-5", "823 7 0 0 | 1612 0 | 0"), (other.Model, Classes(other.Usage)));
        Assert.Equal("claude-haiku-5", reading.ServedModel);
    }

    [Fact]
    public void Fallback_then_the_declined_hop_is_on_its_own_model()
    {
        var reading = Format.Read(
            """
            {"model":"claude-opus-5","usage":{"input_tokens":200,"output_tokens":60,"iterations":[
              {"type":"message","model":"claude-opus-5","input_tokens":100,"output_tokens":10},
              {"type":"fallback_message","model":"claude-sonnet-5","input_tokens":100,"output_tokens":50}]}}
            """
        );

        Assert.Equal(("100 0 0 0 | 50 0 | 0", null), (Classes(reading.Usage), reading.Violation));
        Assert.Equal("claude-sonnet-5", reading.ServedModel);
        var other = Assert.Single(reading.OtherModels);
        Assert.Equal(("claude-opus-5", "100 0 0 0 | 10 0 | 0"), (other.Model, Classes(other.Usage)));
    }

    [Fact]
    public void Fallback_whose_hops_are_not_the_sum_then_both_are_billed_and_that_is_recorded()
    {
        var reading = Format.Read(
            """
            {"usage":{"input_tokens":100,"output_tokens":50,"iterations":[
              {"type":"message","model":"claude-opus-5","input_tokens":100,"output_tokens":10},
              {"type":"fallback_message","model":"claude-sonnet-5","input_tokens":100,"output_tokens":50}]}}
            """
        );

        Assert.Equal("100 0 0 0 | 50 0 | 0", Classes(reading.Usage));
        Assert.Equal("100 0 0 0 | 10 0 | 0", Classes(Assert.Single(reading.OtherModels).Usage));
        Assert.Equal("the iterations are not the sum of the usage", reading.Violation);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"usage":null}""")]
    [InlineData("""{"usage":{"input_tokens":5}}""")]
    [InlineData("""{"usage":{"output_tokens":5}}""")]
    [InlineData("""{"usage":{"input_tokens":5,"output_tokens":5}""")]
    [InlineData("""{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""")]
    public void Body_without_readable_usage_then_none_is_made_up(string body)
    {
        var reading = new UsageReading();

        Assert.False(Format.ReadResponse(Wire.Bytes(body), reading));
        Assert.Equal((false, default(TokenUsage)), (reading.HasUsage, reading.Usage));
    }
}

using Purser.Core.Usage;

namespace Purser.Providers.Tests.OpenAI;

public class OpenAIUsageTests
{
    private static readonly WireFormat Format = ProviderCatalog.Chat;

    [Fact]
    public void Whole_answer_then_read()
    {
        var reading = Format.Read(
            """
            {"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-5.6","choices":[{"index":0,
             "message":{"role":"assistant","content":"Hello","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"length"}],
             "usage":{"prompt_tokens":1000,"completion_tokens":200,"total_tokens":1200,
               "prompt_tokens_details":{"cached_tokens":600,"cache_write_tokens":300,"audio_tokens":0},
               "completion_tokens_details":{"reasoning_tokens":150,"audio_tokens":0,"accepted_prediction_tokens":5,"rejected_prediction_tokens":20}},
             "service_tier":"priority","system_fingerprint":null}
            """
        );

        Assert.Equal(
            (100L, 600L, 300L),
            (Get(reading, UsageClass.Input), Get(reading, UsageClass.CacheRead), Get(reading, UsageClass.CacheWrite5m))
        );
        Assert.Equal((50L, 150L), (Get(reading, UsageClass.Output), Get(reading, UsageClass.ReasoningOutput)));
        Assert.Equal((1000L, 200L), (reading.Usage.InputTokens, reading.Usage.OutputTokens));
        Assert.Equal(
            ("chatcmpl-1", "gpt-5.6", "priority", "length"),
            (reading.ResponseId, reading.ServedModel, reading.ServiceTier, reading.StopReason)
        );
        Assert.Equal((true, true, 5L), (reading.HasUsage, reading.UsageIsFinal, reading.RelayedOutputBytes));
        Assert.Null(reading.Violation);
    }

    [Theory]
    [InlineData("\"low\"", 1, 0, 0)]
    [InlineData("\"medium\"", 0, 1, 0)]
    [InlineData("\"high\"", 0, 0, 1)]
    [InlineData("null", 0, 0, 0)]
    [InlineData("{\"low\":1}", 0, 0, 0)]
    public void The_size_of_a_searchs_context_then_a_request_of_it(string size, long low, long medium, long high)
    {
        var reading = ProviderCatalog
            .FindApi("perplexity")!
            .Serving(Format)!
            .Read(
                $$$"""{"model":"sonar-x","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"search_context_size":{{{size}}},"total_tokens":15}}"""
            );

        Assert.Equal(
            (low, medium, high),
            (
                Get(reading, UsageClass.LowContextRequest),
                Get(reading, UsageClass.MediumContextRequest),
                Get(reading, UsageClass.HighContextRequest)
            )
        );
        Assert.Equal(15, reading.Usage.TotalTokens);
    }

    private static long Get(UsageReading reading, UsageClass usageClass) => reading.Usage[usageClass];

    [Theory]
    // usage; input, cache read, cache write, audio in, audio read; output, reasoning, audio out; odd?
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5}""", "10 0 0 0 0 | 5 0 0", null)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":0,"total_tokens":10}""", "10 0 0 0 0 | 0 0 0", null)]
    [InlineData("""{"prompt_tokens":10,"total_tokens":10}""", "10 0 0 0 0 | 0 0 0", null)]
    [InlineData(
        """{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":null,"completion_tokens_details":null}""",
        "10 0 0 0 0 | 5 0 0",
        null
    )]
    [InlineData(
        """{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":null}}""",
        "10 0 0 0 0 | 5 0 0",
        null
    )]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":10}}""", "0 10 0 0 0 | 5 0 0", null)]
    // Audio: what is cached is text first, unless the provider says otherwise.
    [InlineData(
        """{"prompt_tokens":100,"completion_tokens":50,"prompt_tokens_details":{"audio_tokens":80,"cached_tokens":15},"completion_tokens_details":{"audio_tokens":40}}""",
        "5 15 0 80 0 | 10 0 40",
        null
    )]
    [InlineData(
        """{"prompt_tokens":100,"completion_tokens":50,"prompt_tokens_details":{"audio_tokens":80,"cached_tokens":90}}""",
        "0 20 0 10 70 | 50 0 0",
        null
    )]
    [InlineData(
        """{"prompt_tokens":100,"completion_tokens":0,"prompt_tokens_details":{"audio_tokens":80,"cached_tokens":15,"cached_tokens_details":{"text_tokens":5,"audio_tokens":10}}}""",
        "15 5 0 70 10 | 0 0 0",
        null
    )]
    // DeepSeek.
    [InlineData(
        """{"prompt_tokens":10,"completion_tokens":5,"prompt_cache_hit_tokens":8,"prompt_cache_miss_tokens":2}""",
        "2 8 0 0 0 | 5 0 0",
        null
    )]
    // Contradictions: nothing is taken as part of anything else.
    [InlineData(
        """{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":11}}""",
        "10 11 0 0 0 | 5 0 0",
        "the parts of the prompt tokens exceed their sum"
    )]
    [InlineData(
        """{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":6,"cache_write_tokens":6}}""",
        "10 6 6 0 0 | 5 0 0",
        "the parts of the prompt tokens exceed their sum"
    )]
    [InlineData(
        """{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"audio_tokens":11}}""",
        "10 0 0 11 0 | 5 0 0",
        "the parts of the prompt tokens exceed their sum"
    )]
    [InlineData(
        """{"prompt_tokens":10,"completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":6}}""",
        "10 0 0 0 0 | 5 6 0",
        "the parts of the completion tokens exceed their sum"
    )]
    // Reasoning outside of the completion, as some vendors count it: the total tells.
    [InlineData(
        """{"prompt_tokens":10,"completion_tokens":30,"total_tokens":60,"completion_tokens_details":{"reasoning_tokens":20}}""",
        "10 0 0 0 0 | 30 20 0",
        null
    )]
    [InlineData(
        """{"prompt_tokens":10,"completion_tokens":5,"total_tokens":9}""",
        "10 0 0 0 0 | 5 0 0",
        "the total tokens are not the sum of prompt and completion tokens"
    )]
    // What no count can be.
    [InlineData("""{"prompt_tokens":-10,"completion_tokens":5}""", "0 0 0 0 0 | 5 0 0", "a usage figure is negative")]
    [InlineData("""{"prompt_tokens":-1e9999,"completion_tokens":5}""", "0 0 0 0 0 | 5 0 0", "a usage figure is negative")]
    [InlineData("""{"prompt_tokens":10.5,"completion_tokens":5}""", "11 0 0 0 0 | 5 0 0", "a usage figure is not an integer")]
    [InlineData("""{"prompt_tokens":1e2,"completion_tokens":5}""", "100 0 0 0 0 | 5 0 0", "a usage figure is not an integer")]
    [InlineData(
        """{"prompt_tokens":9223372036854775807,"completion_tokens":5}""",
        "1000000000000 0 0 0 0 | 5 0 0",
        "a usage figure is beyond belief"
    )]
    [InlineData("""{"prompt_tokens":1e999,"completion_tokens":5}""", "1000000000000 0 0 0 0 | 5 0 0", "a usage figure is not an integer")]
    [InlineData(
        """{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":"7"}}""",
        "10 0 0 0 0 | 5 0 0",
        "a usage figure is not a number"
    )]
    public void Usage_then_split_into_disjoint_classes(string usage, string classes, string? violation)
    {
        var reading = Format.Read($"{{\"usage\":{usage}}}");

        var input = string.Join(
            ' ',
            Get(reading, UsageClass.Input),
            Get(reading, UsageClass.CacheRead),
            Get(reading, UsageClass.CacheWrite5m),
            Get(reading, UsageClass.AudioInput),
            Get(reading, UsageClass.AudioCacheRead)
        );
        var output = string.Join(
            ' ',
            Get(reading, UsageClass.Output),
            Get(reading, UsageClass.ReasoningOutput),
            Get(reading, UsageClass.AudioOutput)
        );
        Assert.Equal((classes, violation), ($"{input} | {output}", reading.Violation));
        Assert.True(reading.HasUsage);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"usage":null}""")]
    [InlineData("""{"usage":"none"}""")]
    [InlineData("""{"usage":{}}""")]
    [InlineData("""{"usage":{"completion_tokens":5}}""")]
    [InlineData("""{"usage":{"prompt_tokens":5}}""")]
    [InlineData("""{"usage":{"prompt_tokens":"5","completion_tokens":5}}""")]
    [InlineData("""{"usage":{"prompt_tokens":5,"completion_tokens":5}""")]
    [InlineData("""{"usage":{"prompt_tokens":5,"completion_tokens":5}} and more""")]
    public void Body_without_readable_usage_then_none_is_made_up(string body)
    {
        var reading = new UsageReading();

        Assert.False(Format.ReadResponse(Wire.Bytes(body), reading));
        Assert.Equal((false, false, default(TokenUsage)), (reading.HasUsage, reading.UsageIsFinal, reading.Usage));
    }

    [Fact]
    public void Error_body_then_seen() => Assert.True(Format.Read("""{"error":{"message":"no"}}""").SawError);
}

using System.Diagnostics;
using System.Text;
using System.Text.Json;
using CsCheck;
using Purser.Providers.Tokens;

namespace Purser.Providers.Tests.Tokens;

public class TokenCounterTests
{
    private const string Jargon = """
        {"messages":[
          {"role":"system","content":"You are a helpful, pattern-following assistant that translates corporate jargon into plain English."},
          {"role":"system","name":"example_user","content":"New synergies will help drive top-line growth."},
          {"role":"system","name":"example_assistant","content":"Things working well together will increase revenue."},
          {"role":"system","name":"example_user","content":"Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage."},
          {"role":"system","name":"example_assistant","content":"Let's talk later when we're less busy about how to do better."},
          {"role":"user","content":"This late pivot means we don't have time to boil the ocean for the client deliverable."}]}
        """;

    private const string Weather = """
        {"tools":[{"type":"function","function":{"name":"get_current_weather","description":"Get the current weather in a given location",
          "parameters":{"type":"object","properties":{
            "location":{"type":"string","description":"The city and state, e.g. San Francisco, CA"},
            "unit":{"type":"string","description":"The unit of temperature to return","enum":["celsius","fahrenheit"]}},"required":["location"]}}}],
         "messages":[
          {"role":"system","content":"You are a helpful assistant that can answer to questions about the weather."},
          {"role":"user","content":"What's the weather like in San Francisco?"}]}
        """;

    private static TokenEstimate Count(string model, string body) => TokenCounter.OfRequest(model, Wire.Bytes(body));

    private static string Chat(string text) => JsonSerializer.Serialize(new { messages = new[] { new { role = "user", content = text } } });

    // What OpenAI's API counted, as its cookbook ("How to count tokens with tiktoken") has it.
    [Theory]
    [InlineData("gpt-4-0613", 129)]
    [InlineData("gpt-3.5-turbo", 129)]
    [InlineData("gpt-4o", 124)]
    [InlineData("gpt-4o-mini", 124)]
    [InlineData("openai/gpt-4o", 124)] // as a router names it
    public void Plain_messages_then_exactly_what_the_API_counted(string model, long tokens)
    {
        var estimate = Count(model, Jargon);

        Assert.Equal((tokens, true, 0d), (estimate.Tokens, estimate.IsExact, estimate.Error));
    }

    [Theory]
    [InlineData("gpt-4", 105)]
    [InlineData("gpt-3.5-turbo", 105)]
    [InlineData("gpt-4o", 101)]
    public void Tools_then_what_the_API_counted_and_their_part_is_in_doubt(string model, long tokens)
    {
        var estimate = Count(model, Weather);

        Assert.Equal((tokens, false), (estimate.Tokens, estimate.IsExact));
        Assert.InRange(estimate.Error!.Value, 0.5, 0.7);
    }

    // "hi" is a token, its role is one, and three are the message's and three the answer's.
    [Theory]
    [InlineData("gpt-4o", """{"messages":[{"role":"user","content":"hi"}]}""", 8, true)]
    [InlineData("gpt-4o", """{"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]}""", 8, true)]
    [InlineData("gpt-4o", """{"messages":[{"role":"user","content":"h\u0069"}],"max_tokens":5,"metadata":{"a":"b"}}""", 8, true)]
    [InlineData("gpt-5.1", """{"messages":[{"role":"user","content":"hi"}]}""", 8, false)]
    [InlineData("gpt-4o", """{"input":"hi"}""", 7, false)]
    [InlineData("gpt-4o", """{"instructions":"hi","input":[{"role":"user","content":[{"type":"input_text","text":"hi"}]}]}""", 12, false)]
    [InlineData("gpt-oss-120b", """{"messages":[{"role":"user","content":"hi"}]}""", 8, false)]
    public void Small_requests_then_exact_where_the_frame_is_documented(string model, string body, long tokens, bool isExact)
    {
        var estimate = Count(model, body);

        Assert.Equal((tokens, isExact), (estimate.Tokens, estimate.IsExact));
    }

    [Fact]
    public void Undocumented_frame_then_the_error_is_its_part()
    {
        // Six of eight tokens are the frame's.
        Assert.Equal(0.75, Count("gpt-5.1", Chat("hi")).Error);
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:,"}}]}]}""")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","data":"AAAA"}}]}]}""")]
    [InlineData("""{"input":"hi","previous_response_id":"resp_1"}""")]
    [InlineData("""{"input":[{"type":"reasoning","encrypted_content":"AAAA","summary":[]}]}""")]
    [InlineData("""{"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"so","signature":"AAAA"}]}]}""")]
    public void Input_that_is_not_text_in_the_body_then_the_error_is_unknown_and_nothing_is_learned(string body)
    {
        Assert.Null(Count("gpt-4o", body).Error);
        Assert.Null(Count("claude-opus-5", body).Error);
        Assert.Null(TokenCounter.Unlearned("claude-opus-5", Wire.Bytes(body)));
    }

    [Fact]
    public void What_the_model_does_not_read_then_not_counted()
    {
        const string plain = """{"model":"m","system":"Be brief.","messages":[{"role":"user","content":"hello there"}]}""";
        const string marked = """
            {"model":"a-much-longer-name","max_tokens":1000,"stream":true,"metadata":{"user_id":"someone whom the model does not know"},
             "system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral","ttl":"1h"}}],
             "messages":[{"role":"user","content":[{"type":"text","text":"hello there","cache_control":{"type":"ephemeral"}}]}]}
            """;

        Assert.Equal(Count("claude-sonnet-4-5", plain), Count("claude-sonnet-4-5", marked));
    }

    [Fact]
    public void Calls_and_results_of_tools_then_counted()
    {
        var words = string.Concat(Enumerable.Repeat(" hello", 200));
        string[] bodies =
        [
            $$$"""{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{"a":"{{{words}}}"}}]}]}""",
            $$$"""{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"{{{words}}}"}]}]}""",
            $$$"""{"messages":[{"role":"assistant","tool_calls":[{"id":"t","type":"function","function":{"name":"f","arguments":"{{{words}}}"}}]}]}""",
            $$$"""{"input":[{"type":"function_call_output","call_id":"t","output":"{{{words}}}"}]}""",
            $$$"""{"messages":[],"tools":[{"name":"f","description":"{{{words}}}","input_schema":{"type":"object"}}]}""",
        ];

        Assert.All(bodies, body => Assert.InRange(Count("llama-3.1-8b", body).Tokens, 190, 300));
        Assert.All(bodies, body => Assert.InRange(Count("gpt-4o", body).Tokens, 200, 240));
    }

    [Fact]
    public void Newer_Claude_then_thirty_percent_more_than_older()
    {
        var text = string.Concat(Enumerable.Repeat("The ledger holds what was spent. ", 100));
        var older = TokenCounter.OfText("claude-sonnet-4-5", text);
        var newer = TokenCounter.OfText("claude-opus-5-5", text);

        Assert.InRange((double)newer.Tokens / older.Tokens, 1.29, 1.31);
        Assert.Equal(TokenFamily.Unknown.Error, newer.Error);
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("hello")]
    [InlineData("")]
    [InlineData("{\"messages\":[{\"role\"")]
    public void No_JSON_object_then_said(string body) => Assert.ThrowsAny<JsonException>(() => Count("claude-2", body));

    private static readonly string[] Models =
    [
        "claude-opus-5",
        "claude-2",
        "llama-3.1-8b",
        "gemma-3",
        "qwen3-8b",
        "deepseek-v3",
        "new-model",
    ];

    [Fact]
    public void More_text_then_never_fewer_tokens_by_any_estimate()
    {
        // Half of a pair is no text, and two halves are one character.
        var texts = Gen.String.Select(text => string.Concat(text.Where(character => !char.IsSurrogate(character))));
        Gen.Select(texts, texts)
            .Sample(
                (one, more) =>
                    Models.All(model =>
                    {
                        var less = TokenCounter.OfText(model, one).Tokens;
                        return less >= 0 && TokenCounter.OfText(model, one + more).Tokens >= less && Count(model, Chat(one)).Tokens >= less;
                    }),
                iter: 2000
            );
    }

    [Fact]
    public void Any_bytes_then_a_count_or_an_error_that_is_named()
    {
        Gen.Byte.Array[0, 200]
            .Sample(
                bytes =>
                {
                    var shape = default(TextShape);
                    shape.Add(bytes);
                    return TokenFamily.Unknown.Tokens(shape) >= 0;
                },
                iter: 5000
            );
    }

    [Theory]
    [InlineData("a")]
    [InlineData(" ")]
    [InlineData("=")]
    [InlineData("aA")]
    [InlineData("\n")]
    [InlineData("a\u0301")]
    [InlineData("\U0001F600")]
    [InlineData("\U0001D400")]
    [InlineData("語")]
    [InlineData("'s")]
    [InlineData("<|")]
    public void Long_runs_then_the_time_is_linear(string unit)
    {
        _ = TokenCounter.OfText("gpt-4o", "load the vocabulary");
        var text = string.Concat(Enumerable.Repeat(unit, 1_000_000 / unit.Length));

        var clock = Stopwatch.StartNew();
        var tokenized = TokenCounter.OfText("gpt-4o", text);
        var estimated = TokenCounter.OfText("claude-opus-5", text);

        // Squared, this would be hours.
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"{unit}: {clock.Elapsed}");
        Assert.InRange(tokenized.Tokens, 1, Encoding.UTF8.GetByteCount(text));
        Assert.InRange(estimated.Tokens, 1, 3L * Encoding.UTF8.GetByteCount(text));
    }

    [Fact]
    public void A_piece_that_is_cut_then_not_called_exact()
    {
        Assert.True(TokenCounter.OfText("gpt-4o", new string('=', TiktokenEncoding.LongestPiece)).IsExact);
        var cut = TokenCounter.OfText("gpt-4o", new string('=', TiktokenEncoding.LongestPiece + 1));
        Assert.Equal((false, 1d), (cut.IsExact, cut.Error));
    }
}

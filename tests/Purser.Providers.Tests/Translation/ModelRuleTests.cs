using System.Buffers;
using System.Text;
using Purser.Providers.Translation;

namespace Purser.Providers.Tests.Translation;

/// <summary>What depends on the model that a request goes to.</summary>
public sealed class ModelRuleTests
{
    private const string Asks = """{"model":"m","max_tokens":8000,"messages":[],"reasoning_effort":"xhigh","temperature":0.5}""";

    [Theory]
    [InlineData("claude-3-5-haiku-20241022", "\"temperature\":0.5", "drop:reasoning")]
    [InlineData("claude-sonnet-4-5", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":7200}", "change:reasoning, drop:sampling")]
    [InlineData("eu.anthropic.claude-opus-4-1-20250805-v1:0", "\"budget_tokens\":7200", "change:reasoning, drop:sampling")]
    [InlineData("claude-opus-4-7", "\"thinking\":{\"type\":\"adaptive\"},\"output_config\":{\"effort\":\"xhigh\"}", "drop:sampling")]
    [InlineData("claude-opus-5-5", "\"thinking\":{\"type\":\"adaptive\"},\"output_config\":{\"effort\":\"xhigh\"}", "drop:sampling")]
    public void An_effort_for_a_model_of_anthropic_then_as_it_takes_it(string model, string written, string rules) =>
        Check("chat", "messages", Asks, model, written, rules);

    [Theory]
    [InlineData("claude-opus-4-6", "\"temperature\":0.5", "")]
    [InlineData("claude-opus-4-7", "\"messages\":[]}", "drop:sampling")]
    [InlineData("deepseek-chat", "\"temperature\":0.5", "")]
    public void A_temperature_for_a_model_of_anthropic_then_where_it_takes_one(string model, string written, string rules) =>
        Check("chat", "messages", """{"model":"m","max_tokens":8000,"messages":[],"temperature":0.5}""", model, written, rules);

    [Theory]
    [InlineData("gpt-4.1", "\"max_tokens\":8000,\"temperature\":0.5", "drop:reasoning")]
    [InlineData("gpt-5.2", "\"reasoning_effort\":\"high\",\"max_completion_tokens\":8000}", "change:reasoning, drop:sampling")]
    [InlineData("openai/o3", "\"max_completion_tokens\":8000}", "change:reasoning, drop:sampling")]
    [InlineData("llama-3.3-70b", "\"reasoning_effort\":\"high\",\"max_tokens\":8000,\"temperature\":0.5", "change:reasoning")]
    public void An_effort_of_anthropics_for_a_model_of_the_chat_format_then_as_it_takes_it(string model, string written, string rules) =>
        Check(
            "messages",
            "chat",
            """{"model":"m","max_tokens":8000,"messages":[],"thinking":{"type":"adaptive"},"output_config":{"effort":"max"},"temperature":0.5}""",
            model,
            written,
            rules
        );

    [Fact]
    public void No_thinking_for_a_model_that_reasons_by_itself_then_it_is_told() =>
        Check(
            "messages",
            "chat",
            """{"model":"m","max_tokens":9,"messages":[],"thinking":{"type":"disabled"}}""",
            "o3",
            "\"max_completion_tokens\":9}",
            "drop:reasoning_off"
        );

    [Theory]
    [InlineData("claude-sonnet-4-20250514", "\"input_schema\":{\"type\":\"object\",\"properties\":{}}}]", "drop:tool_strict")]
    [InlineData("claude-sonnet-4-5", "\"strict\":true", "")]
    public void A_strict_tool_then_where_the_model_takes_one(string model, string written, string rules) =>
        Check(
            "chat",
            "messages",
            """{"model":"m","max_tokens":9,"messages":[],"tools":[{"type":"function","function":{"name":"f","strict":true,"parameters":{"type":"object","properties":{}}}}]}""",
            model,
            written,
            rules
        );

    [Fact]
    public void Thinking_and_a_tool_that_must_be_called_then_no_thinking() =>
        Check(
            "chat",
            "messages",
            """{"model":"m","max_tokens":9000,"messages":[],"reasoning_effort":"low","tool_choice":"required","tools":[{"type":"function","function":{"name":"f"}}]}""",
            "claude-opus-4-7",
            "\"tool_choice\":{\"type\":\"any\"}}",
            "drop:reasoning"
        );

    // Anthropic refuses a turn in the middle of its calls without the thinking that it began with, but not where the model decides by itself.
    [Theory]
    [InlineData("claude-opus-4-5", "\"content\":\"r\"}]}]}", "drop:reasoning")]
    [InlineData("claude-opus-4-6", "\"thinking\":{\"type\":\"adaptive\"}", "")]
    public void Thinking_in_the_middle_of_calls_whose_thinking_is_not_there_then_none_if_it_had_to_be(
        string model,
        string written,
        string rules
    ) =>
        Check(
            "chat",
            "messages",
            """{"model":"m","max_tokens":9000,"reasoning_effort":"low","messages":[{"role":"user","content":"a"},{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"r"}]}""",
            model,
            written,
            rules
        );

    [Theory]
    [InlineData(null, "\"max_tokens\":4096", "add:max_tokens")]
    [InlineData(100L, "\"max_tokens\":100", "add:max_tokens")]
    public void No_limit_for_anthropic_then_the_routes_own(long? most, string written, string rules) =>
        Check("chat", "messages", """{"model":"m","messages":[]}""", "claude-opus-4-6", written, rules, most);

    [Fact]
    public void A_limit_that_is_lowered_then_a_budget_of_thinking_fits_below_it() =>
        Check(
            "messages",
            "messages",
            """{"model":"m","max_tokens":9000,"messages":[],"thinking":{"type":"enabled","budget_tokens":5000}}""",
            "claude-opus-4-5",
            "\"max_tokens\":2000,\"messages\":[],\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1800}",
            "change:reasoning",
            2000
        );

    private static void Check(string client, string provider, string body, string model, string written, string rules, long? most = null)
    {
        var read = FormatTranslators.Find(client)!.ReadRequest(Wire.Bytes(body));
        var output = new ArrayBufferWriter<byte>();
        var outcome = FormatTranslators.Find(provider)!.WriteRequest(read.Request!, new TranslationTarget(model, most), output);

        Assert.Null(outcome.Fault);
        Assert.Contains(written, Encoding.UTF8.GetString(output.WrittenSpan), StringComparison.Ordinal);
        Assert.Equal(rules, outcome.Notes.ToHeader());
    }
}

using System.Buffers;
using System.Text;

namespace Purser.Providers.Tests.Anthropic;

/// <summary>Thinking of other vendors' models that a client of Anthropic's sends back, and the conversation goes to Claude itself.</summary>
public class OwnThinkingTests
{
    private const string Own = """{"type":"thinking","thinking":"Hm.","signature":"purser.unsigned"}""";
    private const string Signed = """{ "type":"thinking", "thinking":"a\u00e9", "signature":"EqoBCkYIARgCKkA" }""";
    private const string Text = """{"type":"text","text":"x"}""";
    private const string Call = """{"type":"tool_use","id":"t","name":"n","input":{"signature":"purser.unsigned"}}""";
    private const string Result = """{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"y"}]}""";

    private static readonly WireFormat Format = ProviderCatalog.Messages;

    [Theory]
    [InlineData($"[{Own},{Text}]", $"[{Text}]")]
    [InlineData($"[{Own} , {Own}, {Text}]", $"[ {Text}]")]
    [InlineData($"[{Signed},{Own},{Text}]", $"[{Signed},{Text}]")]
    [InlineData($"[{Own},{Signed},{Own},{Text}]", $"[{Signed},{Text}]")]
    [InlineData($"[ {Text} , {Own} ]", $"[ {Text}  ]")]
    [InlineData($"[{Own}]", """[{"type":"text","text":"(thinking)"}]""")]
    [InlineData($"[{Own},{Own}]", """[{"type":"text","text":"(thinking)"}]""")]
    public void Marked_blocks_then_left_out_and_the_others_stay_as_they_are(string content, string sent)
    {
        string Body(string blocks) =>
            $$"""{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":{{blocks}}},{"role":"user","content":"b"}]}""";

        Assert.Equal((Body(sent), "drop:reasoning_content"), Sent(Body(content)));
    }

    [Theory]
    // A tool's arguments, and what a tool returned, aren't blocks of the conversation; what Anthropic signed is never touched.
    [InlineData($"[{Signed},{Call}]")]
    [InlineData($$"""[{"type":"tool_result","content":[{{Own}}]}]""")]
    [InlineData("""[{"type":"thinking","thinking":"","signature":""}]""")]
    [InlineData("""[{"type":"text","text":"purser.unsigned"}]""")]
    public void What_is_not_marked_then_the_bytes_are_the_clients(string content)
    {
        var body = $$"""{"model":"m","max_tokens":9,"messages":[{"role":"assistant","content":{{content}}}]}""";

        Assert.False(Format.NeedsRewrite(Format.Facts(body), "m"));
        Assert.Equal((body, ""), Sent(body));
    }

    [Theory]
    // In the middle of the calls of another vendor's turn, Claude can't think with a budget.
    [InlineData($"[{Own},{Call}]", "enabled", "disabled", "drop:reasoning, drop:reasoning_content")]
    // Its own thinking came later, so the turn is its own.
    [InlineData($"[{Own},{Signed},{Call}]", "enabled", null, "drop:reasoning_content")]
    [InlineData($"[{Own},{Call}]", "adaptive", null, "drop:reasoning_content")]
    public void In_the_middle_of_calls_then_a_budget_is_taken_back(string content, string thinking, string? sent, string rules)
    {
        var asked = thinking == "enabled" ? """{"type":"enabled","budget_tokens":2000}""" : """{"type":"adaptive"}""";
        var body =
            $$"""{"model":"m","max_tokens":9000,"messages":[{"role":"assistant","content":{{content}}},{{Result}}],"system":[{"type":"text","text":"s"}],"thinking": {{asked}} }""";

        var (written, applied) = Sent(body);

        Assert.Equal(rules, applied);
        Assert.Contains(sent is null ? $"\"thinking\": {asked}" : $$"""thinking":{"type":"{{sent}}"}""", written, StringComparison.Ordinal);
        Assert.DoesNotContain(Own, written.Replace(Call, "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void After_the_turn_then_it_may_think()
    {
        var body =
            $$"""{"model":"m","max_tokens":9000,"messages":[{"role":"assistant","content":[{{Own}},{{Call}}]},{{Result}},{"role":"assistant","content":"x"},{"role":"user","content":"b"}],"thinking":{"type":"enabled","budget_tokens":2000} }""";

        Assert.Equal("drop:reasoning_content", Sent(body).Rules);
    }

    [Fact]
    public void On_its_way_to_Vertex_then_left_out_as_well()
    {
        var format = ProviderCatalog.FindApi("vertex")!.Serving(Format)!;
        var body = $$"""{"model":"m","max_tokens":9,"messages":[{"role":"assistant","content":[{{Own}},{{Text}}]}]}""";

        var (written, rules) = Sent(body, format);

        Assert.Equal(
            $$"""{"anthropic_version":"vertex-2023-10-16","max_tokens":9,"messages":[{"role":"assistant","content":[{{Text}}]}]}""",
            written
        );
        Assert.Equal("drop:reasoning_content", rules);
    }

    private static (string Written, string Rules) Sent(string body, WireFormat? served = null)
    {
        var facts = Format.Facts(body);
        var format = (served ?? Format)
            .Prepare(Wire.Bytes(body), facts, new Destination(facts.Model, 9000, "req_1", DateTimeOffset.UnixEpoch))
            .Format!;
        var output = new ArrayBufferWriter<byte>();
        format.WriteRequest(Wire.Bytes(body), facts, facts.Model, output);
        return (Encoding.UTF8.GetString(output.WrittenSpan), string.Join(", ", format.Rules));
    }
}

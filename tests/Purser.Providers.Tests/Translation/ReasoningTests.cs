using System.Buffers;
using System.Text;
using Purser.Providers.Translation;

namespace Purser.Providers.Tests.Translation;

/// <summary>Signed reasoning that goes through a client of another format and comes back to the provider that signed it.</summary>
public sealed class ReasoningTests
{
    private const string Signed = """{"type":"reasoning.text","format":"anthropic-claude-v1","index":0,"text":"Hm.","signature":"s1"}""";
    private const string Hidden = """{"type":"reasoning.encrypted","format":"anthropic-claude-v1","index":1,"data":"d1"}""";

    [Theory]
    [InlineData(
        "[" + Signed + "]",
        "[{\"type\":\"thinking\",\"thinking\":\"Hm.\",\"signature\":\"s1\"},{\"type\":\"text\",\"text\":\"x\"}]",
        ""
    )]
    [InlineData("[" + Signed + "," + Hidden + "]", "{\"type\":\"redacted_thinking\",\"data\":\"d1\"}", "")]
    // Its text was never shown.
    [InlineData(
        """[{"type":"reasoning.text","format":"anthropic-claude-v1","index":0,"text":"","signature":"s1"}]""",
        "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"s1\"}",
        ""
    )]
    // Half of it was lost on the way.
    [InlineData(
        """[{"type":"reasoning.text","format":"anthropic-claude-v1","index":0,"signature":"s1"}]""",
        "\"content\":\"x\"",
        "drop:reasoning_content"
    )]
    [InlineData("[" + Hidden + "]", "\"content\":\"x\"", "drop:reasoning_content")]
    // Another provider's, and nobody's.
    [InlineData(
        """[{"type":"reasoning.encrypted","format":"google-gemini-v1","index":0,"data":"d1"}]""",
        "\"content\":\"x\"",
        "drop:reasoning_content"
    )]
    [InlineData("""[{"type":"reasoning.text","index":0,"text":"Hm."}]""", "\"content\":\"x\"", "drop:reasoning_content")]
    public void From_a_client_of_chat_then_what_anthropic_signed_comes_back_to_it(string details, string written, string rules)
    {
        var body =
            $$"""{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"x","reasoning_content":"Hm.","reasoning_details":{{details}}},{"role":"user","content":"b"}]}""";
        var request = FormatTranslators.Find("chat")!.ReadRequest(Wire.Bytes(body)).Request!;
        var output = new ArrayBufferWriter<byte>();
        var outcome = FormatTranslators.Find("messages")!.WriteRequest(request, new TranslationTarget("claude-opus-4-6"), output);

        Assert.Contains(written, Encoding.UTF8.GetString(output.WrittenSpan), StringComparison.Ordinal);
        Assert.Equal(rules, outcome.Notes.ToHeader());
    }

    [Fact]
    public void Thinking_that_is_not_shown_then_the_client_gets_its_signature_whole()
    {
        var context = new AnswerContext(new CanonicalRequest { Model = "m" }, "a", 1);
        var sink = new WritingSink(FormatTranslators.Find("chat")!.CreateStreamWriter(context));
        using var reader = FormatTranslators.Find("messages")!.CreateStreamReader(context);
        reader.Feed(
            Wire.Bytes(
                "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}\n\n"
                    + "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"signature_delta\",\"signature\":\"s1\"}}\n\n"
            ),
            sink
        );

        Assert.Contains(
            """{"type":"reasoning.text","format":"anthropic-claude-v1","index":0,"text":"","signature":"s1"}""",
            Encoding.UTF8.GetString(sink.Output.WrittenSpan),
            StringComparison.Ordinal
        );
    }
}

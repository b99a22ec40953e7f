using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Purser.Providers.Anthropic;
using Purser.Providers.Translation;

namespace Purser.Providers.Tests.Anthropic;

/// <summary>
/// Message threads (<c>thread</c>), which Anthropic keeps: the tool runners of its libraries use them unasked, and send a conversation whole where one
/// isn't found.
/// </summary>
public sealed class AnthropicThreadTests
{
    [Fact]
    public void A_thread_that_is_begun_then_another_provider_gets_it_whole_and_keeps_nothing()
    {
        var read = FormatTranslators
            .Find("messages")!
            .ReadRequest(
                Wire.Bytes("""{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}],"thread":{"type":"create"}}""")
            );
        var output = new ArrayBufferWriter<byte>();
        var written = FormatTranslators.Find("chat")!.WriteRequest(read.Request!, new TranslationTarget("p"), output);

        Assert.Null(written.Fault);
        Assert.Contains("drop:store", written.Notes.Names);
        Assert.DoesNotContain("thread", Encoding.UTF8.GetString(output.WrittenSpan), StringComparison.Ordinal);
    }

    [Fact]
    public void A_thread_that_another_provider_cannot_continue_then_the_error_is_the_one_that_clients_replay_at()
    {
        var output = new ArrayBufferWriter<byte>();
        new AnthropicFormat().WriteError(output, new WireError(400, "refuse:stored_state", "Send it whole.", "thread"));

        Assert.Equal("thread_not_found", (string?)JsonNode.Parse(output.WrittenSpan)!["error"]!["details"]!["error_code"]);
    }

    [Fact]
    public void Any_other_error_then_no_details()
    {
        var output = new ArrayBufferWriter<byte>();
        new AnthropicFormat().WriteError(output, new WireError(402, "budget_exceeded", "Too little left."));

        Assert.Null(JsonNode.Parse(output.WrittenSpan)!["error"]!["details"]);
    }
}

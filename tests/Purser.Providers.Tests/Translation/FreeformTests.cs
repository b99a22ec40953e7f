using System.Text;
using CsCheck;
using Purser.Providers.Translation;

namespace Purser.Providers.Tests.Translation;

/// <summary>Tools that take plain text, on providers that have functions alone.</summary>
public sealed class FreeformTests
{
    [Theory]
    [InlineData("plain")]
    [InlineData("*** Begin Patch\n+ \"é\" \\ 😀\t\u0001")]
    [InlineData("")]
    public void Text_wrapped_then_it_comes_out_again_whatever_the_cuts(string text)
    {
        var wrapped = Encoding.UTF8.GetBytes(FreeformTools.Wrap(text));
        Assert.Equal(text, FreeformTools.Unwrap(FreeformTools.Wrap(text)));
        Gen.Int[1, 7].Array[1, 20].Sample(sizes => Unwrap(wrapped, sizes) == text, iter: 300);
    }

    [Theory]
    [InlineData("""{ "input" : "a\u00e9\ud83d\ude00\/\ud83d!" }""", "aé😀/\uFFFD!")]
    [InlineData("""{"other":"x"}""", """{"other":"x"}""")]
    [InlineData("""{"in""", """{"in""")]
    [InlineData("raw", "raw")]
    public void Arguments_of_other_forms_then_the_text_or_as_they_are(string arguments, string text) =>
        Gen.Int[1, 7].Array[1, 20].Sample(sizes => Unwrap(Encoding.UTF8.GetBytes(arguments), sizes) == text, iter: 300);

    [Fact]
    public void A_custom_tool_on_a_provider_without_them_then_the_client_gets_its_plain_text_streamed()
    {
        const string body =
            """{"model":"m","stream":true,"messages":[],"tools":[{"type":"custom","custom":{"name":"patch","description":"d"}}]}""";
        var chat = FormatTranslators.Find("chat")!;
        var context = new AnswerContext(chat.ReadRequest(Wire.Bytes(body)).Request!, "a", 1);
        var sink = new WritingSink(chat.CreateStreamWriter(context));
        using var reader = FormatTranslators.Find("messages")!.CreateStreamReader(context);
        reader.Feed(
            Wire.Bytes(
                "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"patch\",\"input\":{}}}\n\n"
                    + "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"input\\\": \\\"a\\\\\"}}\n\n"
                    + "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"nb\\\"}\"}}\n\n"
                    + "data: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
            ),
            sink
        );
        var text = Encoding.UTF8.GetString(sink.Output.WrittenSpan);

        Assert.Contains("""{"index":0,"id":"t","type":"custom","custom":{"name":"patch","input":""}}""", text, StringComparison.Ordinal);
        Assert.Contains("""{"index":0,"custom":{"input":"a"}}""", text, StringComparison.Ordinal);
        Assert.Contains("""{"index":0,"custom":{"input":"\nb"}}""", text, StringComparison.Ordinal);
    }

    private static string Unwrap(byte[] arguments, int[] sizes)
    {
        var unwrapped = new FreeformText();
        var text = new List<byte>();
        for (int at = 0, next = 0; at < arguments.Length; next++)
        {
            var size = Math.Min(sizes[next % sizes.Length], arguments.Length - at);
            text.AddRange(unwrapped.Take(arguments.AsSpan(at, size)));
            at += size;
        }
        text.AddRange(unwrapped.End());
        return Encoding.UTF8.GetString([.. text]);
    }
}

using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Purser.Providers.Translation;

namespace Purser.Providers.Tests.Translation;

/// <summary>A format into the canonical model and back into itself.</summary>
public sealed class RoundTripTests
{
    public static TheoryData<string> Cells => [.. TranslationVectors.Cells];

    [Theory]
    [MemberData(nameof(Cells))]
    public void A_request_that_goes_back_into_its_own_format_then_the_clients_bytes(string cell)
    {
        var client = TranslationVectors.Formats(cell).Client;
        var body = TranslationVectors.File(cell, "client-request.json")!;
        var request = TranslationVectors.Request(cell);
        var output = new ArrayBufferWriter<byte>();
        var written = client.WriteRequest(request, new TranslationTarget(request.Model), output);

        Assert.Null(written.Fault);
        Assert.Empty(written.Notes.Names);
        Assert.Equal(Encoding.UTF8.GetString(body), Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Theory]
    [InlineData(
        "chat",
        """{ "unknown" : [1.50, "\u00e9"],  "messages":[{"role":"user","content":"a","own":true}], "model" : "m" , "n":1}"""
    )]
    [InlineData(
        "messages",
        """{ "unknown" : [1.50, "\u00e9"],  "messages":[{"role":"user","content":"a","own":true}], "model" : "m" , "x":{"model":"m"}}"""
    )]
    public void Another_model_then_only_the_model_changes(string format, string body)
    {
        var translator = FormatTranslators.Find(format)!;
        var request = translator.ReadRequest(Wire.Bytes(body)).Request!;
        var output = new ArrayBufferWriter<byte>();
        translator.WriteRequest(request, new TranslationTarget("z\"é"), output);

        Assert.Equal(
            body.Replace("\"model\" : \"m\"", "\"model\" : \"z\\\"é\"", StringComparison.Ordinal),
            Encoding.UTF8.GetString(output.WrittenSpan)
        );
    }

    // What differs then is stated by rules: none but these of the reader may be lost.
    [Theory]
    [InlineData("chat-messages/plain")]
    [InlineData("chat-messages/tools")]
    [InlineData("chat-messages/json-schema")]
    [InlineData("messages-chat/plain")]
    [InlineData("messages-chat/parallel-tools")]
    [InlineData("messages-chat/thinking")]
    public void A_request_that_was_changed_in_between_then_all_else_is_as_it_was(string cell)
    {
        var client = TranslationVectors.Formats(cell).Client;
        var request = TranslationVectors.Request(cell) with { MaxOutputTokens = 7777 };
        var output = new ArrayBufferWriter<byte>();
        client.WriteRequest(request, new TranslationTarget(request.Model), output);

        var expected = JsonNode.Parse(TranslationVectors.File(cell, "client-request.json"))!.AsObject();
        var actual = JsonNode.Parse(output.WrittenSpan)!.AsObject();
        foreach (var name in (string[])["max_tokens", "max_completion_tokens", "stream_options"])
        {
            expected.Remove(name);
            Assert.True(name == "stream_options" || actual[name] is null || actual[name]!.GetValue<long>() == 7777);
            actual.Remove(name);
        }
        Assert.True(JsonNode.DeepEquals(expected, actual), $"expected: {expected.ToJsonString()}\nactual:   {actual.ToJsonString()}");
    }

    [Fact]
    public void A_changed_request_then_it_is_no_longer_the_clients_bytes()
    {
        var chat = FormatTranslators.Find("chat")!;
        var request = chat.ReadRequest("""{"model":"m","messages":[]}"""u8.ToArray()).Request!;

        Assert.NotNull(request.Untouched);
        Assert.Null((request with { Stream = true }).Untouched);
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void An_answer_that_goes_back_into_its_own_format_then_the_providers_bytes(string cell)
    {
        if (TranslationVectors.File(cell, "provider-response.json") is not { } body)
        {
            return;
        }
        var provider = TranslationVectors.Formats(cell).Provider;
        var context = TranslationVectors.Context(cell);
        var output = new ArrayBufferWriter<byte>();
        provider.WriteResponse(provider.ReadResponse(body, context).Response!, context, output);

        Assert.Equal(body, output.WrittenSpan.ToArray());
    }
}

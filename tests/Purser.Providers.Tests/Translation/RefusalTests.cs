using System.Buffers;
using System.Text;
using CsCheck;
using Purser.Providers.Translation;

namespace Purser.Providers.Tests.Translation;

/// <summary>Requests that can't be read or can't be carried: a name and a message, never an exception.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData("""[1]""", "not_an_object")]
    [InlineData("""{"model":"m","messages":[]""", "invalid_json")]
    [InlineData("""{"messages":[]}""", "invalid_member")]
    [InlineData("""{"model":"m"}""", "invalid_member")]
    [InlineData("""{"model":7,"messages":[]}""", "invalid_member")]
    [InlineData("""{"model":"m","messages":{}}""", "invalid_member")]
    [InlineData("""{"model":"m","messages":[3]}""", "invalid_member")]
    [InlineData("""{"model":"m","messages":[{"role":"alien","content":"x"}]}""", "invalid_member")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"\ud800"}]}""", "invalid_unicode")]
    [InlineData("""{"model":"m","messages":[],"x":"\ude00"}""", "invalid_unicode")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":5}]}""", "invalid_member")]
    [InlineData("""{"model":"m","messages":[],"temperature":"hot"}""", "invalid_member")]
    [InlineData("""{"model":"m","messages":[],"max_tokens":0}""", "invalid_member")]
    [InlineData("""{"model":"m","messages":[],"stream":"yes"}""", "invalid_member")]
    [InlineData("""{"model":"m","messages":[],"tools":{}}""", "invalid_member")]
    [InlineData("""{"model":"m","messages":[],"tools":[4]}""", "invalid_member")]
    [InlineData("""{"model":"m","messages":[],"tool_choice":{"type":"x"}}""", "invalid_member")]
    public void A_body_that_is_none_of_the_format_then_a_fault(string body, string code)
    {
        Assert.Equal(code, FormatTranslators.Find("chat")!.ReadRequest(Wire.Bytes(body)).Fault?.Code);
        Assert.Equal(code, FormatTranslators.Find("messages")!.ReadRequest(Wire.Bytes(body)).Fault?.Code);
    }

    [Fact]
    public void Bytes_that_are_no_utf8_or_too_deep_then_a_fault()
    {
        var deep = Wire.Bytes($$"""{"model":"m","messages":{{new string('[', 70)}}{{new string(']', 70)}}}""");
        Assert.All(
            FormatTranslators.All,
            format =>
            {
                Assert.Equal(RequestFaults.InvalidUnicode, format.ReadRequest((byte[])[0x7B, 0xFF, 0x7D]).Fault?.Code);
                Assert.Equal(RequestFaults.InvalidJson, format.ReadRequest(deep).Fault?.Code);
            }
        );
    }

    [Theory]
    [InlineData("chat", "messages", """{"model":"m","messages":[],"n":2}""", "refuse:n")]
    [InlineData("chat", "messages", """{"model":"m","messages":[],"functions":[]}""", "refuse:functions")]
    [InlineData("chat", "messages", """{"model":"m","messages":[],"modalities":["text","audio"]}""", "refuse:audio_output")]
    [InlineData(
        "chat",
        "messages",
        """{"model":"m","messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}]}]}""",
        "refuse:audio_input"
    )]
    [InlineData(
        "chat",
        "messages",
        """{"model":"m","messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}]}""",
        "refuse:file_id"
    )]
    [InlineData(
        "chat",
        "messages",
        """{"model":"m","messages":[{"role":"user","content":[{"type":"file","file":{"filename":"a.docx","file_data":"data:application/msword;base64,AAAA"}}]}]}""",
        "refuse:document_input"
    )]
    [InlineData(
        "chat",
        "messages",
        """{"model":"m","messages":[{"role":"user","content":[{"type":"video_url","video_url":{"url":"https://example.com/v"}}]}]}""",
        "refuse:video_input"
    )]
    [InlineData("chat", "messages", """{"model":"m","messages":[],"tool_choice":"required"}""", "refuse:tool_choice")]
    [InlineData(
        "messages",
        "chat",
        """{"model":"m","messages":[],"tools":[{"type":"web_search_20250305","name":"web_search"}],"tool_choice":{"type":"tool","name":"web_search"}}""",
        "refuse:tool_choice"
    )]
    [InlineData(
        "messages",
        "chat",
        """{"model":"m","messages":[{"role":"user","content":[{"type":"document","source":{"type":"url","url":"https://example.com/a.pdf"}}]}]}""",
        "refuse:media_url"
    )]
    [InlineData(
        "messages",
        "chat",
        """{"model":"m","messages":[{"role":"user","content":[{"type":"image","source":{"type":"file","file_id":"file_1"}}]}]}""",
        "refuse:file_id"
    )]
    [InlineData(
        "messages",
        "chat",
        """{"model":"m","messages":[],"thread":{"type":"continue","previous_message_id":"msg_1"}}""",
        "refuse:stored_state"
    )]
    public void What_the_provider_cannot_take_then_it_is_refused_by_name(string client, string provider, string body, string rule)
    {
        var read = FormatTranslators.Find(client)!.ReadRequest(Wire.Bytes(body));
        var output = new ArrayBufferWriter<byte>();
        var fault = read.Fault ?? FormatTranslators.Find(provider)!.WriteRequest(read.Request!, new TranslationTarget("p"), output).Fault;

        Assert.Equal(rule, fault?.Code);
        Assert.Contains(TranslationRules.All, known => known.Name == rule && known.Refuses);
        Assert.Equal(0, output.WrittenCount);
    }

    [Fact]
    public void Any_bytes_then_a_request_or_a_fault()
    {
        byte[][] bodies = [.. TranslationVectors.Cells.Select(cell => TranslationVectors.File(cell, "client-request.json")!)];
        Gen.Select(Gen.Int[0, bodies.Length - 1], Gen.Int[0, 5000], Pick.Of([.. "{}[]\":,0anull\\ud8"u8]), Gen.Int[0, 9])
            .Sample(
                (body, at, other, length) =>
                {
                    var bytes = bodies[body];
                    at %= bytes.Length;
                    byte[] broken = [.. bytes[..at], other, .. bytes[Math.Min(bytes.Length, at + length)..]];
                    foreach (var client in FormatTranslators.All)
                    {
                        var read = client.ReadRequest(broken, new PathFacts("m"));
                        Assert.True(read.Request is null != read.Fault is null);
                        foreach (var provider in FormatTranslators.All.Where(_ => read.Request is not null))
                        {
                            provider.WriteRequest(read.Request!, new TranslationTarget("p"), new ArrayBufferWriter<byte>());
                        }
                    }
                },
                iter: 3000
            );
    }

    [Fact]
    public void Any_bytes_of_an_answer_then_an_answer_or_a_violation()
    {
        byte[][] bodies =
        [
            .. TranslationVectors.Cells.Select(cell => TranslationVectors.File(cell, "provider-response.json")).OfType<byte[]>(),
        ];
        var context = new AnswerContext(new CanonicalRequest { Model = "m" }, "a", 0);
        Gen.Select(Gen.Int[0, bodies.Length - 1], Gen.Int[0, 2000], Pick.Of([.. "{}[]\":,0anull\\ud8"u8]), Gen.Int[0, 9])
            .Sample(
                (body, at, other, length) =>
                {
                    var bytes = bodies[body];
                    at %= bytes.Length;
                    byte[] broken = [.. bytes[..at], other, .. bytes[Math.Min(bytes.Length, at + length)..]];
                    foreach (var provider in FormatTranslators.All)
                    {
                        var read = provider.ReadResponse(broken, context);
                        Assert.True(read.Response is null != read.Violation is null);
                        foreach (var client in FormatTranslators.All.Where(_ => read.Response is not null))
                        {
                            client.WriteResponse(read.Response!, context, new ArrayBufferWriter<byte>());
                        }
                        provider.ReadError(500, broken);
                    }
                },
                iter: 3000
            );
    }

    [Theory]
    [InlineData(
        "messages",
        "chat",
        529,
        """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}""",
        503,
        """{"error":{"message":"Overloaded","type":"server_error","param":null,"code":"overloaded_error"}}"""
    )]
    [InlineData(
        "chat",
        "messages",
        400,
        """{"error":{"message":"Too long","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}""",
        400,
        """{"type":"error","error":{"type":"invalid_request_error","message":"Too long","code":"context_length_exceeded","param":"messages"}}"""
    )]
    [InlineData(
        "chat",
        "messages",
        429,
        "<html>",
        429,
        """{"type":"error","error":{"type":"rate_limit_error","message":"The provider answered with the status 429.","code":"rate_limit_error"}}"""
    )]
    [InlineData(
        "chat",
        "messages",
        404,
        """{"detail":"x","message":"No such\nmodel"}""",
        404,
        """{"type":"error","error":{"type":"not_found_error","message":"No suchmodel","code":"not_found_error"}}"""
    )]
    public void An_error_of_the_provider_then_the_clients_form(
        string provider,
        string client,
        int status,
        string body,
        int expectedStatus,
        string expected
    )
    {
        var error = FormatTranslators.Find(provider)!.ReadError(status, Wire.Bytes(body));
        var output = new ArrayBufferWriter<byte>();

        Assert.Equal(expectedStatus, FormatTranslators.Find(client)!.WriteError(error, output));
        Assert.Equal(expected, Encoding.UTF8.GetString(output.WrittenSpan));
    }
}

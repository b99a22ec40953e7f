using System.Buffers;
using System.Text;
using Purser.Core.Usage;
using Purser.Providers.OpenAI.Realtime;

namespace Purser.Providers.Tests.OpenAI.Realtime;

public sealed class RealtimeEventTests
{
    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    [Theory]
    [InlineData("""{"type":"response.create"}""", RealtimeIntent.CreateResponse)]
    [InlineData("""{"\u0074ype":"response.cre\u0061te"}""", RealtimeIntent.CreateResponse)]
    [InlineData("""{"type":"input_audio_buffer.append","audio":"AA=="}""", RealtimeIntent.AppendAudio)]
    [InlineData("""{"type":"input_audio_buffer.commit"}""", RealtimeIntent.CommitAudio)]
    [InlineData("""{"type":"session.update","session":{}}""", RealtimeIntent.UpdateSession)]
    [InlineData("""{"type":"conversation.item.create","item":{}}""", RealtimeIntent.Other)]
    public void What_a_clients_event_does_is_read(string json, RealtimeIntent intent) =>
        Assert.Equal(intent, RealtimeClientEvent.Read(Utf8(json))!.Value.Intent);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"type":1}""")]
    [InlineData("""{"type":"a","type":"response.create"}""")]
    [InlineData("""{"type":"a","\u0074ype":"response.create"}""")]
    [InlineData("""{"type":"response.create"} {}""")]
    [InlineData("""{"type":"response.create","x":Infinity}""")]
    public void What_isnt_one_event_is_none(string json) => Assert.Null(RealtimeClientEvent.Read(Utf8(json)));

    [Theory]
    [InlineData("""{"type":"response.create","response":{"max_output_tokens":50}}""", 50L, false)]
    [InlineData("""{"type":"response.create","response":{"max_output_tokens":"inf"}}""", null, true)]
    [InlineData("""{"type":"response.create","response":{}}""", null, false)]
    public void A_response_can_have_a_limit(string json, long? limit, bool isUnlimited)
    {
        var read = RealtimeClientEvent.Read(Utf8(json))!.Value;
        Assert.Equal((limit, isUnlimited), (read.MaxOutputTokens, read.IsUnlimited));
    }

    [Theory]
    [InlineData("""{"type":"conversation.item.create","item":{"content":[{"type":"input_text","text":"hi"}]}}""", false)]
    [InlineData("""{"type":"conversation.item.create","item":{"content":[{"type":"input_image","image_url":"x"}]}}""", true)]
    [InlineData("""{"type":"response.create","response":{"prompt":{"id":"p"}}}""", true)]
    [InlineData("""{"type":"response.create","response":{"tools":[{"type":"mcp"}]}}""", true)]
    [InlineData("""{"type":"session.update","session":{"tools":[{"type":"function"}]}}""", false)]
    [InlineData("""{"type":"session.update","session":{"tools":[{"type":"mcp"}]}}""", true)]
    public void What_bytes_dont_bound_is_seen(string json, bool isUnbounded) =>
        Assert.Equal(isUnbounded, RealtimeClientEvent.Read(Utf8(json))!.Value.IsUnbounded);

    [Fact]
    public void Sound_counts_by_its_length_and_text_by_its_bytes()
    {
        // A second of PCM at 24 kHz is 64,000 characters, and ten tokens at OpenAI; of G.711 it's 10,668.
        var pcm = RealtimeClientEvent.Read(Utf8($$"""{"type":"input_audio_buffer.append","audio":"{{new string('A', 64_000)}}"}"""));
        Assert.InRange(pcm!.Value.InputTokens, 10, 130);
        var law = RealtimeClientEvent.Read(Utf8($$"""{"type":"input_audio_buffer.append","audio":"{{new string('A', 10_668)}}"}"""));
        Assert.InRange(law!.Value.InputTokens, 10, 25);
        const string text = """{"type":"conversation.item.create","item":{"content":[{"type":"input_text","text":"hello"}]}}""";
        Assert.Equal(text.Length, RealtimeClientEvent.Read(Utf8(text))!.Value.InputTokens);
    }

    [Theory]
    [InlineData("""{"audio":{"input":{"turn_detection":null}}}""", true, false)]
    [InlineData("""{"audio":{"input":{"turn_detection":{"type":"server_vad"}}}}""", true, true)]
    [InlineData("""{"audio":{"input":{"turn_detection":{"type":"semantic_vad","create_response":false}}}}""", true, false)]
    [InlineData("""{"turn_detection":{"type":"server_vad"}}""", true, true)]
    [InlineData("""{"instructions":"x"}""", false, false)]
    public void Who_starts_responses_is_read(string session, bool isNamed, bool startsResponses)
    {
        var read = RealtimeClientEvent.Read(Utf8("{\"type\":\"session.update\",\"session\":" + session + "}"))!.Value.Settings;
        Assert.Equal((isNamed, startsResponses), (read.NamesTurns, read.StartsResponses));
    }

    [Fact]
    public void A_response_is_read_by_modality()
    {
        var reading = new UsageReading();
        var status = RealtimeUsage.ReadResponse(
            Utf8(
                """{"type":"response.done","response":{"id":"resp_1","status":"completed","usage":{"total_tokens":253,"input_tokens":132,"output_tokens":121,"input_token_details":{"text_tokens":119,"audio_tokens":13,"image_tokens":0,"cached_tokens":64,"cached_tokens_details":{"text_tokens":64,"audio_tokens":0,"image_tokens":0}},"output_token_details":{"text_tokens":30,"audio_tokens":91}}}}"""
            ),
            reading
        );
        var usage = reading.Usage;
        Assert.Equal(("completed", "resp_1", true), (status, reading.ResponseId, reading.UsageIsFinal));
        Assert.Equal(
            (55L, 64L, 13L, 30L, 91L),
            (
                usage[UsageClass.Input],
                usage[UsageClass.CacheRead],
                usage[UsageClass.AudioInput],
                usage[UsageClass.Output],
                usage[UsageClass.AudioOutput]
            )
        );
    }

    [Theory]
    [InlineData(
        """{"type":"tokens","total_tokens":22,"input_tokens":13,"input_token_details":{"text_tokens":0,"audio_tokens":13},"output_tokens":9}""",
        true
    )]
    [InlineData("""{"type":"duration","seconds":2.5}""", true)]
    [InlineData("""{"type":"else"}""", false)]
    [InlineData("null", false)]
    public void A_transcription_is_another_models_usage(string usage, bool isSaid)
    {
        var reading = new UsageReading();
        var json =
            """{"type":"conversation.item.input_audio_transcription.completed","item_id":"i","transcript":"hi","usage":""" + usage + "}";
        Assert.Equal(isSaid, RealtimeUsage.ReadTranscription(Utf8(json), "whisper-1", reading));
        Assert.Equal(isSaid ? 1 : 0, reading.OtherModels.Count);
    }

    [Fact]
    public void An_error_is_one_of_the_sessions_own()
    {
        var output = new ArrayBufferWriter<byte>();
        RealtimeUsage.WriteError(output, new WireError(402, "budget_exceeded", "No room.", RequestId: "req_1"), "evt_1");
        Assert.Equal(
            """{"type":"error","event_id":"event_req_1","error":{"type":"insufficient_quota","code":"budget_exceeded","message":"No room.","param":null,"event_id":"evt_1","request_id":"req_1"}}""",
            Encoding.UTF8.GetString(output.WrittenSpan)
        );
    }

    [Theory]
    [InlineData("openai", "https://api.openai.com/v1", "wss://api.openai.com/v1/realtime?model=gpt-realtime")]
    [InlineData("azure", "https://r.openai.azure.com/openai/v1", "wss://r.openai.azure.com/openai/v1/realtime?model=gpt-realtime")]
    [InlineData(
        "azure",
        "https://r.openai.azure.com?api-version=2025-04-01-preview",
        "wss://r.openai.azure.com/openai/realtime?api-version=2025-04-01-preview&deployment=gpt-realtime"
    )]
    public void Sessions_are_opened_where_the_vendor_has_them(string api, string baseUrl, string url) =>
        Assert.Equal(url, ProviderCatalog.FindApi(api)!.RealtimeUrl(baseUrl, "gpt-realtime"));
}

using System.Text;
using System.Text.Json;
using Purser.Providers.OpenAI.Realtime;
using Purser.Providers.Passthrough;

namespace Purser.Providers.Tests.Passthrough;

/// <summary>What the provider keeps has to be found in a body of any form.</summary>
public sealed class KeptThingsTests
{
    [Theory]
    [InlineData("""{"document":{"type":"file","file_id":"f"}}""", "file_id")]
    [InlineData("""{"a":[{"file\u005fid":"f"}]}""", "file_id")]
    [InlineData("""{"file_ids":["f"]}""", "file_ids")]
    [InlineData("""{"generateContentRequest":{"cachedContent":"c"}}""", "cachedContent")]
    [InlineData("""{"container":{"id":"c"}}""", "container")]
    [InlineData("""{"fileUri":"https://generativelanguage.googleapis.com/v1beta/files/f"}""", "fileUri")]
    [InlineData("""{"fileUri":"files/f"}""", "fileUri")]
    [InlineData("""{"fileUri":"gs://bucket/f"}""", null)]
    [InlineData("""{"fileUri":"https://example.com/f"}""", null)]
    [InlineData("""{"file_id":null,"container":null}""", null)]
    [InlineData("""{"tools":[{"input_schema":{"properties":{"file_id":{"type":"string"}}}}]}""", null)]
    [InlineData("""{"text":"file_id"}""", null)]
    public void Each_is_found(string body, string? name) => Assert.Equal(name, KeptThings.Find(Encoding.UTF8.GetBytes(body)));

    [Theory]
    [InlineData("""{"a":NaN,"file_id":"f"}""")]
    [InlineData("""{"a":1}{"file_id":"f"}""")]
    [InlineData("file_id=f")]
    public void What_isnt_json_is_not_taken_for_a_body_that_names_nothing(string body) =>
        Assert.ThrowsAny<JsonException>(() => KeptThings.Find(Encoding.UTF8.GetBytes(body)));

    [Theory]
    [InlineData(
        """{"type":"response.create","response":{"prompt":{"id":"p","variables":{"f":{"type":"input_file","file_id":"f"}}}}}""",
        "file_id"
    )]
    [InlineData(
        """{"type":"session.update","session":{"prompt":{"id":"p","variables":{"f":{"type":"input_file","file_id":"f"}}}}}""",
        "file_id"
    )]
    [InlineData("""{"type":"session.update","session":{"tools":[{"type":"function","parameters":{"properties":{"file_id":{}}}}]}}""", null)]
    public void Realtime_events_say_what_they_name(string json, string? name) =>
        Assert.Equal(name, RealtimeClientEvent.Read(Encoding.UTF8.GetBytes(json))!.Value.Kept);
}

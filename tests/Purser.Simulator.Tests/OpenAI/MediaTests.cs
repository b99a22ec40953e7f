using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Purser.Simulator.Tests.Wire;
using static Purser.Simulator.Tests.SimulatorUnderTest;

namespace Purser.Simulator.Tests.OpenAI;

/// <summary>OpenAI's images and sound.</summary>
public class MediaTests
{
    private const string Generations = "/v1/images/generations";

    [Fact]
    public async Task Images_have_OpenAIs_shapes()
    {
        await using var simulator = await StartAsync();
        const string Image = "{\"model\":\"gpt-image-1\",\"prompt\":\"a cat\",\"quality\":\"medium\"";
        var whole = await JsonAsync(simulator.PostAsync(Generations, Image + ",\"n\":2}"));
        Shape.AssertLike("openai/image", [whole]);
        Assert.Equal(2112, whole.GetProperty("usage").GetProperty("output_tokens").GetInt32());
        Assert.Equal(2, whole.GetProperty("usage").GetProperty("input_tokens").GetInt32());
        var line = (await simulator.RecordsAsync())[^1];
        Assert.Equal(new Bill(2, 0, 0, 0, 2112, 0), line.Billed);
        Assert.Equal("image", line.Json.GetProperty("output_kind").GetString());
        Assert.Equal("medium", line.Json.GetProperty("quality").GetString());
        var streamed = await EventsAsync(simulator.PostAsync(Generations, Image + ",\"stream\":true,\"partial_images\":2}"));
        Shape.AssertLike("openai/image-stream", streamed);
        Assert.Equal(3, streamed.Count);
        Assert.Equal(1256, streamed[^1].GetProperty("usage").GetProperty("output_tokens").GetInt32());
    }

    [Fact]
    public async Task DallE_is_billed_by_the_image()
    {
        await using var simulator = await StartAsync();
        const string Image = "{\"model\":\"dall-e-3\",\"prompt\":\"a cat\",\"quality\":\"hd\",\"response_format\":\"b64_json\"}";
        Shape.AssertLike("openai/image-dall-e", [await JsonAsync(simulator.PostAsync(Generations, Image))]);
        var line = (await simulator.RecordsAsync())[^1];
        Assert.Equal(1, line.Json.GetProperty("billed").GetProperty("images").GetInt32());
        Assert.Equal(Bill.Nothing, line.Billed);
        var link = await JsonAsync(simulator.PostAsync(Generations, "{\"model\":\"dall-e-2\",\"prompt\":\"a cat\",\"n\":3}"));
        Assert.StartsWith("https://", link.GetProperty("data")[2].GetProperty("url").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Edits_take_a_form_with_images()
    {
        await using var simulator = await StartAsync();
        var whole = await FormAsync(
            simulator,
            "/v1/images/edits",
            ("model", "gpt-image-1.5"),
            ("prompt", "a hat"),
            ("size", "1024x1536"),
            ("quality", "low"),
            ("image[]", null),
            ("image[]", null)
        );
        Assert.Equal(
            "{\"input_tokens\":648,\"input_tokens_details\":{\"image_tokens\":646,\"text_tokens\":2},\"output_tokens\":408,\"output_tokens_details\":{\"image_tokens\":408,\"text_tokens\":0},\"total_tokens\":1056}",
            JsonSerializer.Serialize(JsonDocument.Parse(whole).RootElement.GetProperty("usage"))
        );
        var line = (await simulator.RecordsAsync())[^1];
        Assert.Equal("{\"image\":646}", line.Json.GetProperty("prompt_media").GetRawText());
    }

    [Theory]
    [InlineData("{\"model\":\"gpt-image-1\"}", 400, "Missing required parameter: 'prompt'.")]
    [InlineData("{\"model\":\"gpt-image-1\",\"prompt\":\"x\",\"response_format\":\"url\"}", 400, "Unknown parameter: 'response_format'.")]
    [InlineData("{\"model\":\"gpt-image-1\",\"prompt\":\"[[simulate:blocked]]\"}", 400, "Your request was rejected by the safety system.")]
    [InlineData("{\"model\":\"gpt-image-1\",\"prompt\":\"[[simulate:429]]\"}", 429, "Rate limit reached for gpt-image-1")]
    public async Task Images_are_refused_in_OpenAIs_words(string body, int status, string message)
    {
        await using var simulator = await StartAsync();
        using var response = await simulator.PostAsync(Generations, body);
        Assert.Equal(status, (int)response.StatusCode);
        var error = JsonDocument.Parse(await TextAsync(response)).RootElement.GetProperty("error");
        Assert.StartsWith(message, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Speech_is_sound_or_events()
    {
        await using var simulator = await StartAsync();
        const string Text = "{\"model\":\"gpt-4o-mini-tts\",\"voice\":\"alloy\",\"input\":\"the cat sat\"";
        using var mp3 = await simulator.PostAsync("/v1/audio/speech", Text + "}");
        Assert.Equal("audio/mpeg", mp3.Content.Headers.ContentType!.ToString());
        Assert.Equal(15 * 96, (await mp3.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length);
        using var wav = await simulator.PostAsync("/v1/audio/speech", Text + ",\"response_format\":\"wav\"}");
        var bytes = await wav.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Assert.Equal("RIFF", Encoding.ASCII.GetString(bytes, 0, 4));
        Assert.Equal(bytes.Length - 8, BitConverter.ToInt32(bytes, 4));
        var events = await EventsAsync(simulator.PostAsync("/v1/audio/speech", Text + ",\"stream_format\":\"sse\"}"));
        Shape.AssertLike("openai/speech-stream", events);
        Assert.Equal("{\"input_tokens\":3,\"output_tokens\":15,\"total_tokens\":18}", events[^1].GetProperty("usage").GetRawText());
        var line = (await simulator.RecordsAsync())[^1];
        Assert.Equal((3, 15, "audio"), (line.Billed!.Input, line.Billed.Output, line.Json.GetProperty("output_kind").GetString()));
    }

    [Fact]
    public async Task Old_voices_are_billed_by_the_character()
    {
        await using var simulator = await StartAsync();
        const string Text = "{\"model\":\"tts-1-hd\",\"voice\":\"alloy\",\"input\":\"naïve 😀\"";
        await TextAsync(await simulator.PostAsync("/v1/audio/speech", Text + "}"));
        var line = (await simulator.RecordsAsync())[^1];
        Assert.Equal(7, line.Json.GetProperty("billed").GetProperty("characters").GetInt32());
        Assert.Equal(Bill.Nothing, line.Billed);
        using var refused = await simulator.PostAsync("/v1/audio/speech", Text + ",\"stream_format\":\"sse\"}");
        Assert.Equal(400, (int)refused.StatusCode);
    }

    [Fact]
    public async Task Transcriptions_are_billed_by_tokens()
    {
        await using var simulator = await StartAsync();
        const string Path = "/v1/audio/transcriptions";
        var whole = JsonDocument
            .Parse(await FormAsync(simulator, Path, ("model", "gpt-4o-transcribe"), ("prompt", "hi"), ("file", null)))
            .RootElement;
        Shape.AssertLike("openai/transcription", [whole]);

        // The file has 32,000 bytes: 2 seconds, 20 tokens.
        Assert.Equal(21, whole.GetProperty("usage").GetProperty("input_tokens").GetInt32());
        var text = await FormAsync(simulator, Path, ("model", "gpt-4o-mini-transcribe"), ("stream", "true"), ("file", null));
        var events = text.Split('\n')
            .Where(line => line.StartsWith("data: {", StringComparison.Ordinal))
            .Select(line => JsonDocument.Parse(line[6..]).RootElement)
            .ToList();
        Shape.AssertLike("openai/transcription-stream", events);
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        Assert.Equal(
            events[^1].GetProperty("text").GetString(),
            string.Concat(events.SkipLast(1).Select(line => line.GetProperty("delta").GetString()))
        );
        Assert.Equal(20, (await simulator.RecordsAsync())[^1].Billed!.Input);
    }

    [Fact]
    public async Task Whisper_is_billed_by_the_second_and_has_more_formats()
    {
        await using var simulator = await StartAsync();
        const string Path = "/v1/audio/transcriptions";
        var words = await FormAsync(
            simulator,
            Path,
            ("model", "whisper-1"),
            ("response_format", "verbose_json"),
            ("timestamp_granularities[]", "word"),
            ("file", null)
        );
        Shape.AssertLike("openai/transcription-words", [JsonDocument.Parse(words).RootElement]);
        var line = (await simulator.RecordsAsync())[^1];
        Assert.Equal(2, line.Json.GetProperty("billed").GetProperty("seconds").GetInt32());
        Assert.Equal(Bill.Nothing, line.Billed);
        var srt = await FormAsync(simulator, Path, ("model", "whisper-1"), ("response_format", "srt"), ("file", null));
        Assert.StartsWith("1\n00:00:00,000 --> 00:00:02,000\n", srt, StringComparison.Ordinal);
        var english = await FormAsync(
            simulator,
            "/v1/audio/translations",
            ("model", "whisper-1"),
            ("response_format", "verbose_json"),
            ("file", null)
        );
        Assert.Equal("translate", JsonDocument.Parse(english).RootElement.GetProperty("task").GetString());
        var refused = await FormAsync(simulator, Path, ("model", "gpt-4o-transcribe"), ("response_format", "srt"), ("file", null));
        Assert.Contains("is not compatible with model 'gpt-4o-transcribe'", refused, StringComparison.Ordinal);
    }

    private static async Task<string> FormAsync(SimulatorUnderTest simulator, string path, params (string Name, string? Text)[] fields)
    {
        using var form = new MultipartFormDataContent();
        foreach (var (name, text) in fields)
        {
            if (text is not null)
            {
                form.Add(new StringContent(text), name);
            }
            else
            {
                form.Add(new ByteArrayContent(new byte[32_000]), name, "file.bin");
            }
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = form };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "sk-test");
        return await TextAsync(await simulator.Client.SendAsync(request, TestContext.Current.CancellationToken));
    }
}

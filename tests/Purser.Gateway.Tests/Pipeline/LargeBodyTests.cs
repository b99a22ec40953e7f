using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

/// <summary>Nothing else runs beside these: they count what the whole process allocates.</summary>
[CollectionDefinition(nameof(LargeBodies), DisableParallelization = true)]
public sealed class LargeBodies;

[Collection(nameof(LargeBodies))]
public sealed class LargeBodyTests
{
    private const int ImageBytes = 50 << 20;

    [Fact]
    public async Task A_request_of_50_MB_reaches_the_provider_byte_for_byte_and_takes_no_memory_of_its_size()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Upstream.KeepsBodies = false;
        var key = await gateway.KeyAsync();
        await SendAsync(gateway, key, "");

        var before = GC.GetTotalAllocatedBytes(precise: true);
        await SendAsync(gateway, key, "");
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;

        Assert.Equal(new ImageRequest("").Hash(), gateway.Upstream.Requests.Last().Body);
        Assert.InRange(allocated, 0, ImageBytes / 4);
    }

    [Fact]
    public async Task The_same_holds_for_one_that_is_changed_on_its_way()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Upstream.KeepsBodies = false;
        gateway.Upstream.Answer = http =>
            RecordingUpstream.EventsAsync(
                http,
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n",
                "data: [DONE]\n\n"
            );
        var key = await gateway.KeyAsync();
        const string stream = ",\"stream\":true";
        await SendAsync(gateway, key, stream);

        var before = GC.GetTotalAllocatedBytes(precise: true);
        await SendAsync(gateway, key, stream);
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;

        // The option for the usage is added, and nothing else is changed.
        var changed = new ImageRequest(",\"stream\":true,\"stream_options\":{\"include_usage\":true}");
        Assert.Equal(changed.Hash(), gateway.Upstream.Requests.Last().Body);
        Assert.InRange(allocated, 0, ImageBytes / 4);
    }

    [Fact]
    public async Task An_answer_of_50_MB_takes_no_memory_of_its_size_either()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Upstream.Answer = async http =>
        {
            http.Response.ContentType = "application/json";
            var (start, end) = RecordingUpstream.ChatAnswer.Split("hello") is [var a, var b] ? (a, b) : default;
            await http.Response.WriteAsync(start);
            for (var written = 0; written < ImageBytes; written += ImageRequest.Piece.Length)
            {
                await http.Response.Body.WriteAsync(ImageRequest.Piece);
            }

            await http.Response.WriteAsync(end);
        };
        var key = await gateway.KeyAsync();
        await ReadAsync(gateway, key);

        var before = GC.GetTotalAllocatedBytes(precise: true);
        var read = await ReadAsync(gateway, key);
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;

        Assert.Equal(ImageBytes + RecordingUpstream.ChatAnswer.Length - "hello".Length, read);
        Assert.InRange(allocated, 0, ImageBytes / 4);
    }

    [Fact]
    public async Task Without_room_on_the_disk_a_large_request_is_refused_and_costs_nothing()
    {
        await using var gateway = await TestGateway.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(gateway.Directory, "spill"), "");
        var key = await gateway.KeyAsync();

        using var response = await PostAsync(gateway, key, "");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal("no_room_for_body", error["code"]!.GetValue<string>());
        Assert.Empty(gateway.Upstream.Requests);
    }

    private static async Task SendAsync(TestGateway gateway, string key, string more)
    {
        using var response = await PostAsync(gateway, key, more);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    private static async Task<HttpResponseMessage> PostAsync(TestGateway gateway, string key, string more)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new ImageRequest(more) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static async Task<int> ReadAsync(TestGateway gateway, string key)
    {
        using var response = await gateway.ChatAsync(key, """{"model":"gpt-5-mini","messages":[{"role":"user","content":"hi"}]}""");
        await using var body = await response.Content.ReadAsStreamAsync();
        var (chunk, length) = (new byte[64 << 10], 0);
        while (await body.ReadAsync(chunk) is > 0 and var read)
        {
            length += read;
        }

        return length;
    }

    /// <summary>A chat request with an image of 50 MB, which is nowhere as a whole.</summary>
    private sealed class ImageRequest : HttpContent
    {
        public static readonly byte[] Piece = Encoding.ASCII.GetBytes(new string('A', 64 << 10));

        private readonly byte[] end;
        private readonly byte[] start = Encoding.ASCII.GetBytes(
            """{"model":"gpt-5-mini","max_completion_tokens":10,"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,"""
        );

        public ImageRequest(string more)
        {
            end = Encoding.ASCII.GetBytes($"\"}}}}]}}]{more}}}");
            Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        public string Hash()
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(start);
            for (var written = 0; written < ImageBytes; written += Piece.Length)
            {
                hash.AppendData(Piece);
            }

            hash.AppendData(end);
            return Convert.ToHexString(hash.GetHashAndReset());
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(start);
            for (var written = 0; written < ImageBytes; written += Piece.Length)
            {
                await stream.WriteAsync(Piece);
            }

            await stream.WriteAsync(end);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = start.Length + ImageBytes + end.Length;
            return true;
        }
    }
}

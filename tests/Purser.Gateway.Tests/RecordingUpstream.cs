using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Purser.Gateway.Tests;

/// <summary>A provider made of exact bytes: answers what a test tells it to, and keeps what it was sent.</summary>
internal sealed class RecordingUpstream : IAsyncDisposable
{
    private const string BodyItem = "body";

    private readonly WebApplication app;

    private RecordingUpstream(WebApplication app) => this.app = app;

    public Uri Address => new(app.Urls.First());

    public ConcurrentQueue<SentRequest> Requests { get; } = [];

    /// <summary>Answers each request.</summary>
    public Func<HttpContext, Task> Answer { get; set; } = http => JsonAsync(http, 200, ChatAnswer);

    /// <summary>Whether it keeps the bodies that it's sent; else only their hash, and nothing of them stays in memory.</summary>
    public bool KeepsBodies { get; set; } = true;

    /// <summary>A small chat completion: 11 input tokens, 7 output tokens.</summary>
    public const string ChatAnswer =
        """{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-5-mini-2025-08-07","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}}""";

    public static async Task<RecordingUpstream> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
        });
        var app = builder.Build();
        var upstream = new RecordingUpstream(app);
        app.UseWebSockets();
        app.Run(async http =>
        {
            http.Items[BodyItem] = upstream.KeepsBodies ? await TextAsync(http.Request.Body) : await HashAsync(http.Request.Body);
            upstream.Requests.Enqueue(
                new SentRequest(
                    http.Request.Path + http.Request.QueryString,
                    http.Request.Headers.ToDictionary(
                        header => header.Key,
                        header => header.Value.ToString(),
                        StringComparer.OrdinalIgnoreCase
                    ),
                    BodyOf(http)
                )
            );
            await upstream.Answer(http);
        });
        await app.StartAsync();
        return upstream;
    }

    /// <summary>What a request that is being answered was sent with.</summary>
    public static string BodyOf(HttpContext http) => (string)http.Items[BodyItem]!;

    public static async Task JsonAsync(HttpContext http, int status, string body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(body);
    }

    /// <summary>Writes a part of an answer and closes the connection: unlike a reset, which can overtake what was written.</summary>
    public static async Task PartAsync(HttpContext http, string type, params string[] parts)
    {
        const int missing = 1000;
        http.Response.ContentType = type;
        http.Response.ContentLength = parts.Sum(Encoding.UTF8.GetByteCount) + missing;
        foreach (var text in parts)
        {
            await http.Response.WriteAsync(text);
            await http.Response.Body.FlushAsync();
        }
    }

    /// <summary>Writes events one by one, as a provider does.</summary>
    public static async Task EventsAsync(HttpContext http, params string[] events)
    {
        if (!http.Response.HasStarted)
        {
            http.Response.ContentType = "text/event-stream";
        }

        foreach (var text in events)
        {
            await http.Response.WriteAsync(text);
            await http.Response.Body.FlushAsync();
        }
    }

    private static async Task<string> TextAsync(Stream stream)
    {
        using var body = new MemoryStream();
        await stream.CopyToAsync(body);
        return Encoding.UTF8.GetString(body.ToArray());
    }

    private static async Task<string> HashAsync(Stream stream) => Convert.ToHexString(await SHA256.HashDataAsync(stream));

    public ValueTask DisposeAsync() => app.DisposeAsync();
}

internal sealed record SentRequest(string Target, IReadOnlyDictionary<string, string> Headers, string Body);

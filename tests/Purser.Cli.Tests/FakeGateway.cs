using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Purser.Cli.Tests;

/// <summary>A server that answers exact requests with exact bodies, and remembers what it was asked.</summary>
internal sealed class FakeGateway : IAsyncDisposable
{
    private readonly Dictionary<string, Func<SeenRequest, (int Status, string Body)>> answers = [];
    private readonly WebApplication server;

    private FakeGateway()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        server = builder.Build();
        server.Run(AnswerAsync);
    }

    public ConcurrentQueue<SeenRequest> Seen { get; } = [];

    public string Address => server.Urls.First();

    public static async Task<FakeGateway> StartAsync()
    {
        var gateway = new FakeGateway();
        await gateway.server.StartAsync();
        return gateway;
    }

    /// <summary>What to answer to a request like <c>GET /admin/v1/keys</c>; a query is part of it.</summary>
    public FakeGateway On(string request, string body, int status = 200) => On(request, _ => (status, body));

    public FakeGateway On(string request, Func<SeenRequest, (int Status, string Body)> answer)
    {
        answers[request] = answer;
        return this;
    }

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body, Encoding.UTF8);
        var seen = new SeenRequest(
            $"{http.Request.Method} {http.Request.Path}{http.Request.QueryString}",
            await reader.ReadToEndAsync(),
            http.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString())
        );
        Seen.Enqueue(seen);
        var answer =
            answers.GetValueOrDefault(seen.Request)
            ?? answers.GetValueOrDefault($"{http.Request.Method} {http.Request.Path}")
            ?? (_ => (404, """{"error":{"code":"not_found","message":"there is nothing here"}}"""));
        var (status, body) = answer(seen);
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(body);
    }
}

internal sealed record SeenRequest(string Request, string Body, IReadOnlyDictionary<string, string> Headers);

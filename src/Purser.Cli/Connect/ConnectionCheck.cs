using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Purser.Cli.Api;

namespace Purser.Cli.Connect;

/// <summary>What the real call showed.</summary>
/// <param name="Works">Whether the client will work.</param>
/// <param name="Text">What happened, for the person.</param>
/// <param name="RequestId">The gateway's id of the request, or null.</param>
internal sealed record CheckResult(bool Works, string Text, string? RequestId);

/// <summary>Makes one small real call, with the client's own key, in the client's own format.</summary>
/// <param name="gateway">The gateway.</param>
/// <param name="key">The client's key.</param>
/// <param name="login">The token of the person's own login, which the call is made with beside the key; null where the key is all.</param>
internal sealed partial class ConnectionCheck(Uri gateway, string key, string? login = null) : IDisposable
{
    private readonly HttpClient http = new() { BaseAddress = gateway, Timeout = TimeSpan.FromMinutes(2) };

    /// <summary>The models that this key may list.</summary>
    public async Task<IReadOnlyList<string>> ModelsAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "v1/models");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var response = await http.SendAsync(request, cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw CliException.Failed($"the gateway refused the new key on GET /v1/models: {(int)response.StatusCode} {Message(body)}");
        }

        return (JsonNode.Parse(body)?["data"] as JsonArray ?? [])
            .Select(model => model?["id"]?.GetValue<string>())
            .OfType<string>()
            .ToList();
    }

    /// <summary>The models of a client's API, the ones that sound cheap first: the check should cost next to nothing.</summary>
    public static IReadOnlyList<string> Order(IEnumerable<string> listed, IEnumerable<ModelView> served, ClientApi api)
    {
        var wireFormat = api switch
        {
            ClientApi.Messages => "messages",
            ClientApi.GenerateContent => "gemini",
            ClientApi.Responses => "responses",
            _ => "chat",
        };
        var usable = served
            .Where(model => model.Formats.Contains(wireFormat) && model.Priced)
            .Select(model => model.Id)
            .ToHashSet(StringComparer.Ordinal);
        var ids = listed.Where(usable.Contains).ToHashSet(StringComparer.Ordinal);
        // Gemini has "mini" in its own name.
        string[] cheap = ["nano", "haiku", "flash-lite", "-mini", "flash"];
        return ids.Where(model => !ids.Contains(Snapshot().Replace(model, "")) || !Snapshot().IsMatch(model))
            .OrderBy(model =>
                Array.FindIndex(cheap, word => model.Contains(word, StringComparison.Ordinal)) is var rank && rank < 0 ? cheap.Length : rank
            )
            .ThenByDescending(model => model, StringComparer.Ordinal)
            .ToList();
    }

    /// <summary>Makes the call.</summary>
    public async Task<CheckResult> CallAsync(ClientApi api, string model, CancellationToken cancellationToken)
    {
        var (path, body) = Request(api, model);
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        if (api == ClientApi.GenerateContent)
        {
            request.Headers.Add("x-goog-api-key", key);
        }
        else
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", login ?? key);
        }

        if (login is not null)
        {
            request.Headers.Add("x-purser-key", key);
            // Anthropic takes tokens of logins with it alone.
            request.Headers.Add("anthropic-beta", "oauth-2025-04-20");
        }

        if (api == ClientApi.Messages)
        {
            request.Headers.Add("anthropic-version", "2023-06-01");
        }

        using var response = await http.SendAsync(request, cancellationToken);
        var answer = await response.Content.ReadAsStringAsync(cancellationToken);
        var id = Header(response, "x-purser-request-id");
        if (response.IsSuccessStatusCode)
        {
            var cost = Header(response, "x-purser-cost-usd") is { } usd ? $", which cost {Output.Usd.Show(usd)}" : "";
            return new CheckResult(true, $"a real call to {model} was answered{cost}", id);
        }

        return new CheckResult(false, $"the call to {model} was answered {(int)response.StatusCode}: {Message(answer)}", id);
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    /// <summary>An API's name for people.</summary>
    public static string ApiTitle(ClientApi api) =>
        api switch
        {
            ClientApi.Messages => "Anthropic Messages API",
            ClientApi.ChatCompletions => "OpenAI Chat Completions API",
            ClientApi.Responses => "OpenAI Responses API",
            _ => "Gemini API",
        };

    private static (string Path, string Body) Request(ClientApi api, string model)
    {
        const string Prompt = "Say hi.";
        var message = new JsonObject { ["role"] = "user", ["content"] = Prompt };
        return api switch
        {
            ClientApi.Messages => (
                "v1/messages",
                new JsonObject
                {
                    ["model"] = model,
                    ["max_tokens"] = 16,
                    ["messages"] = new JsonArray(message),
                }.ToJsonString()
            ),
            ClientApi.ChatCompletions => (
                "v1/chat/completions",
                new JsonObject
                {
                    ["model"] = model,
                    ["max_completion_tokens"] = 16,
                    ["messages"] = new JsonArray(message),
                }.ToJsonString()
            ),
            ClientApi.Responses => (
                "v1/responses",
                new JsonObject
                {
                    ["model"] = model,
                    ["max_output_tokens"] = 16,
                    ["input"] = Prompt,
                }.ToJsonString()
            ),
            _ => (
                $"v1beta/models/{Uri.EscapeDataString(model)}:generateContent",
                new JsonObject
                {
                    ["contents"] = new JsonArray(
                        new JsonObject { ["role"] = "user", ["parts"] = new JsonArray(new JsonObject { ["text"] = Prompt }) }
                    ),
                    ["generationConfig"] = new JsonObject { ["maxOutputTokens"] = 16 },
                }.ToJsonString()
            ),
        };
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    // The message in an error body of any of these APIs.
    private static string Message(string body)
    {
        try
        {
            return JsonNode.Parse(body)?["error"]?["message"]?.GetValue<string>() ?? Shorten(body);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return Shorten(body);
        }
    }

    // The date at the end of a model's dated name: the undated one means the same, and reads better in a list.
    [GeneratedRegex("-[0-9]{4}-?[0-9]{2}-?[0-9]{2}$")]
    private static partial Regex Snapshot();

    private static string Shorten(string body) => body.Length <= 200 ? body : body[..200] + "…";
}

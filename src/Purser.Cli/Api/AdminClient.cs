using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Purser.Cli.Api;

/// <summary>
/// A client of the gateway's own APIs: the admin API, and what clients may ask with their own keys. What the gateway refuses becomes a
/// <see cref="CliException"/> with the gateway's own words.
/// </summary>
internal sealed class AdminClient : IDisposable
{
    /// <summary>How the API spells names.</summary>
    public static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly HttpClient http;
    private readonly string howToGetAKey;

    /// <summary>A client of the admin API of the gateway at this address.</summary>
    /// <param name="gateway">The gateway's address, without a path.</param>
    /// <param name="adminKey">The admin key.</param>
    public AdminClient(Uri gateway, string adminKey)
        : this(gateway, "/admin/v1/", adminKey, AdminOptions.HowToGetAKey) { }

    private AdminClient(Uri gateway, string below, string key, string howToGetAKey)
    {
        Gateway = gateway;
        this.howToGetAKey = howToGetAKey;
        http = new HttpClient { BaseAddress = new Uri(gateway, below), Timeout = TimeSpan.FromMinutes(5) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary>A client of what the gateway answers to its clients' own keys, below <c>/v1/purser/</c>.</summary>
    /// <param name="gateway">The gateway's address, without a path.</param>
    /// <param name="key">The client's key.</param>
    /// <param name="howToGetAKey">What to say where the gateway refuses the key.</param>
    public static AdminClient ForClient(Uri gateway, string key, string howToGetAKey) => new(gateway, "/v1/purser/", key, howToGetAKey);

    /// <summary>The gateway's address.</summary>
    public Uri Gateway { get; }

    /// <summary>Gets an object.</summary>
    /// <param name="path">Below the API's own path, with its query.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<T> GetAsync<T>(string path, CancellationToken cancellationToken) =>
        ReadAsync<T>(HttpMethod.Get, path, null, cancellationToken);

    /// <summary>Gets the members of a list.</summary>
    public async Task<IReadOnlyList<T>> ListAsync<T>(string path, CancellationToken cancellationToken) =>
        (await GetAsync<Page<T>>(path, cancellationToken)).Data;

    /// <summary>Sends an object and reads the answer.</summary>
    public Task<T> SendAsync<T>(HttpMethod method, string path, object? body, CancellationToken cancellationToken)
    {
        var content = body is null ? null : new StringContent(JsonSerializer.Serialize(body, Json), Encoding.UTF8, "application/json");
        return ReadAsync<T>(method, path, content, cancellationToken);
    }

    /// <summary>Posts JSON as it is and reads the answer.</summary>
    public Task<T> PostTextAsync<T>(string path, string json, CancellationToken cancellationToken) =>
        ReadAsync<T>(HttpMethod.Post, path, new StringContent(json, Encoding.UTF8, "application/json"), cancellationToken);

    /// <summary>Deletes something.</summary>
    public async Task DeleteAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await ExchangeAsync(HttpMethod.Delete, path, null, cancellationToken);
        await ThrowIfRefusedAsync(response, cancellationToken);
    }

    /// <summary>Applies a document. Mistakes in it are returned, not thrown.</summary>
    /// <returns>What it does or did; or the mistakes.</returns>
    public async Task<(ApplyView? Done, ErrorDetailView? Mistakes)> ApplyAsync(
        string document,
        bool dryRun,
        CancellationToken cancellationToken
    )
    {
        var content = new StringContent(document, Encoding.UTF8, "application/yaml");
        using var response = await ExchangeAsync(
            HttpMethod.Post,
            $"apply?dry_run={(dryRun ? "true" : "false")}",
            content,
            cancellationToken
        );
        if (
            response.StatusCode == HttpStatusCode.BadRequest
            && await ReadErrorAsync(response, cancellationToken) is { Errors: not null } mistakes
        )
        {
            return (null, mistakes);
        }

        await ThrowIfRefusedAsync(response, cancellationToken);
        return (await DeserializeAsync<ApplyView>(response, cancellationToken), null);
    }

    /// <summary>Reads a stream of JSON objects, one a line.</summary>
    public async IAsyncEnumerable<JsonDocument> LinesAsync(
        string path,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var response = await ExchangeAsync(HttpMethod.Get, path, null, cancellationToken);
        await ThrowIfRefusedAsync(response, cancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken), Encoding.UTF8);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Length > 0)
            {
                yield return JsonDocument.Parse(line);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    /// <summary>What to say when nothing answers at an address.</summary>
    public static CliException Unreachable(string what, Uri address, Exception error, string hint) =>
        new(
            ExitCode.Unreachable,
            $"can't reach {what} at {address.GetLeftPart(UriPartial.Authority)} ({(error.InnerException as SocketException)?.Message ?? error.Message})",
            hint
        );

    private async Task<T> ReadAsync<T>(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        using var response = await ExchangeAsync(method, path, content, cancellationToken);
        await ThrowIfRefusedAsync(response, cancellationToken);
        return await DeserializeAsync<T>(response, cancellationToken);
    }

    private async Task<HttpResponseMessage> ExchangeAsync(
        HttpMethod method,
        string path,
        HttpContent? content,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException error)
        {
            throw Unreachable(
                "the gateway",
                Gateway,
                error,
                "Start it with `./purser up`, or say where it is with --gateway URL or PURSER_URL."
            );
        }
        catch (TaskCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unreachable("the gateway", Gateway, error, "It did not answer in five minutes. `./purser doctor` may say why.");
        }
    }

    private async Task<T> DeserializeAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            return await JsonSerializer.DeserializeAsync<T>(body, Json, cancellationToken) ?? throw new JsonException("the answer is null");
        }
        catch (JsonException error)
        {
            throw CliException.Failed(
                $"{Gateway.GetLeftPart(UriPartial.Authority)} answered something that isn't the admin API's ({error.Message})",
                "Check that --gateway is a Purser gateway of this version."
            );
        }
    }

    private async Task ThrowIfRefusedAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
        {
            return;
        }

        var error = await ReadErrorAsync(response, cancellationToken);
        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            throw new CliException(
                ExitCode.NotAuthorized,
                (error?.Message ?? "the gateway refused the key").TrimEnd('.'),
                error?.Hint ?? howToGetAKey
            );
        }

        var message = error?.Message?.TrimEnd('.') ?? $"the gateway answered {(int)response.StatusCode} {response.ReasonPhrase}";
        var listed = error?.Errors is { Count: > 0 } errors
            ? string.Concat(errors.Select(e => $"\n  {e.Line}:{e.Column} {e.Message}"))
            : "";
        throw CliException.Failed(error?.Code is { } code ? $"{message} ({code}){listed}" : message, error?.Hint);
    }

    private static async Task<ErrorDetailView?> ReadErrorAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            return JsonSerializer.Deserialize<ErrorView>(body, Json)?.Error;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

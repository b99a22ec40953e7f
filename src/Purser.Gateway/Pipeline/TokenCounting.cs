using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Purser.Core.Ledger;
using Purser.Core.Routing;
using Purser.Gateway.Credentials;
using Purser.Gateway.Objects;
using Purser.Gateway.Pipeline.Resilience;
using Purser.Gateway.Routing;
using Purser.Gateway.Telemetry;
using Purser.Providers;
using Purser.Providers.Tokens;

namespace Purser.Gateway.Pipeline;

/// <summary>
/// Answers those who ask how many tokens a request has, in each format that has such a question. It costs nothing, so nothing is reserved and no budget counts it:
/// <list type="number">
/// <item>authenticate, identify, understand: as for the request itself;</item>
/// <item>find the model in the catalog;</item>
/// <item>ask the provider, where it speaks this format, and relay what it answers;</item>
/// <item>else count here, and say in a header how sure that is.</item>
/// </list>
/// </summary>
internal sealed partial class TokenCounting(
    Authenticator authenticator,
    ModelCatalog catalog,
    RequestRouter router,
    FrozenDictionary<string, Provider> providers,
    OwnedObjects objects,
    Lanes lanes,
    TokenRatios ratios,
    GatewayMetrics? metrics,
    TimeProvider clock,
    ILogger<TokenCounting> logger,
    BodyLimits bodies
)
{
    private const string CountHeader = "x-purser-token-count";
    private const string FromProvider = "provider";
    private const int LargestAnswer = 1 << 20;

    // A provider that has no such endpoint is asked again after this long.
    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(10);

    // Tokenizing megabytes takes a good part of a second, which nobody must be able to cost everyone.
    private static readonly SemaphoreSlim OneAtATime = new(1);

    private readonly ConcurrentDictionary<string, DateTimeOffset> without = new();

    /// <summary>Serves one request.</summary>
    public async Task ServeAsync(HttpContext http, WireFormat format, ClientRoute route)
    {
        var now = clock.GetUtcNow();
        using var exchange = new Exchange(http, format, Guid.CreateVersion7(now), now, Stopwatch.GetTimestamp()) { Route = route };
        try
        {
            if (await ServeAsync(exchange, format.Counting!) is { } refusal)
            {
                metrics?.Refused(format.Name, refusal.Code);
                await exchange.RefuseAsync(refusal);
            }
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client left; there is nothing to settle.
        }
        catch (Exception exception)
        {
            LogBug(logger, AttemptId.NameOf(exchange.RequestId), exception);
            await exchange.RefuseAsync(new Refusal(500, "internal_error", "Purser failed on this request; its log says why."));
        }
    }

    private async Task<Refusal?> ServeAsync(Exchange exchange, TokenCountForm form)
    {
        // Step 1: authenticate, identify, understand.
        if (authenticator.Authenticate(exchange.Http.Request) is not { } key)
        {
            return Refusal.InvalidKey;
        }

        var (identity, refusal) = Identity.Read(key, exchange.Http.Request.Headers);
        refusal ??= exchange.TakeSubscription(isAllowed: authenticator.AllowsSubscription(key));
        if (identity is null || (refusal ??= await exchange.ReadBodyAsync(bodies)) is not null)
        {
            return refusal;
        }

        (var understanding, refusal) = Understanding.Read(exchange.Format, exchange.Body.Written, exchange.Target);
        if (understanding is null || (refusal = exchange.PinTo(objects, understanding.Facts, key)) is not null)
        {
            return refusal;
        }

        // Step 2: find the model.
        var facts = understanding.Facts;
        var found = catalog.Find(router.Named(facts.Model));
        if (found.Count == 0)
        {
            return new Refusal(404, "model_not_found", $"No provider here serves the model '{facts.Model}'.");
        }

        // Step 3: ask the provider.
        foreach (
            var model in found.Where(model => model.Formats.Native.Contains(exchange.Format.Name) && IsToAsk(exchange, model.Provider))
        )
        {
            var options = providers[model.Provider].Options;
            if (providers[model.Provider].Api.CountUrl(options.BaseUrl.OriginalString, exchange.Format, model.Model) is not { } url)
            {
                continue;
            }

            (var isAnswered, refusal) = await AskAsync(exchange, form, facts, model, url);
            if (isAnswered)
            {
                return null;
            }

            if (refusal is { Code: not ("provider_unreachable" or Refusal.WithoutCredential) })
            {
                return refusal;
            }
        }

        // Step 4: count here, but not in place of a provider that would know and is only out of reach.
        return refusal ?? await CountHereAsync(exchange, form, found);
    }

    private async Task<Refusal?> CountHereAsync(Exchange exchange, TokenCountForm form, IReadOnlyList<CatalogModel> found)
    {
        if (form.Check(exchange.Body.Span) is { } fault)
        {
            return Refusal.BadRequest(fault.Code, fault.Message);
        }

        var native = found.FirstOrDefault(model => model.Formats.Native.Contains(exchange.Format.Name));
        await CountAsync(exchange, form, native ?? found[0]);
        return null;
    }

    /// <summary>
    /// Asks a provider once. Neither answered nor refused where it has no such endpoint; what else it says is its answer. Nothing is
    /// repeated: a client's SDK does so itself, by what the answer says.
    /// </summary>
    private async Task<(bool IsAnswered, Refusal? Refusal)> AskAsync(
        Exchange exchange,
        TokenCountForm form,
        RequestFacts facts,
        CatalogModel model,
        string url
    )
    {
        var provider = providers[model.Provider];
        if (lanes.Pick(model, exchange) is not var (credential, lane))
        {
            return (false, exchange.Pin?.Gone ?? Refusal.NoCredential(model.Provider));
        }

        using var rewritten = new PooledBuffer(exchange.Body.Length + 256, exchange.Spill);
        using var stop = StopAfter(provider.Options.Timeout, exchange.Http.RequestAborted);
        var (message, response) = (default(HttpRequestMessage), default(HttpResponseMessage));
        try
        {
            credential = await provider.WithTokenAsync(credential, stop.Token);
            message = UpstreamRequest.Build(
                exchange,
                provider,
                credential,
                new UpstreamTarget(exchange.Format, model.Model, Stream: false),
                Body(exchange, facts, model, rewritten),
                new AttemptId(exchange.RequestId, 1),
                url
            );
            response = await provider.Invoker.SendAsync(message, stop.Token);
            using var answer = new PooledBuffer();
            if (!await ReadAsync(UpstreamAnswer.Body(response, credential), answer, stop.Token))
            {
                return (false, Broken(provider, "is larger than this gateway holds"));
            }

            lanes.Learn(lane, (int)response.StatusCode, response.Headers, answer);
            if (IsLacking(form, response, answer.Span))
            {
                without[model.Provider] = clock.GetUtcNow() + Forgotten;
                return (false, null);
            }

            await RelayAsync(exchange, form, model, credential, response, answer);
            return (true, null);
        }
        catch (Exception exception)
            when (exception is HttpRequestException or IOException or OperationCanceledException or SpillException or CredentialException)
        {
            exchange.Http.RequestAborted.ThrowIfCancellationRequested();
            return (false, Failed(provider, exception, stop.IsCancellationRequested));
        }
        finally
        {
            await UpstreamRequest.EndAsync(message, response);
        }
    }

    private static CancellationTokenSource StopAfter(TimeSpan timeout, CancellationToken client)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(client);
        stop.CancelAfter(timeout);
        return stop;
    }

    private static Refusal Failed(Provider provider, Exception exception, bool isLate) =>
        exception is SpillException ? Refusal.NoRoom
        : exception is CredentialException ? UpstreamAnswer.NoCredential(provider.Options)
        : UpstreamAnswer.NeverSent(exception) ? UpstreamAnswer.Unreachable(provider.Options)
        : isLate ? UpstreamAnswer.TimedOut(provider.Options)
        : Broken(provider, "broke off before its end");

    private static ReadOnlyMemory<byte> Body(Exchange exchange, RequestFacts facts, CatalogModel model, PooledBuffer rewritten)
    {
        if (!exchange.Format.NeedsRewrite(facts, model.Model))
        {
            return exchange.Body.Written;
        }

        exchange.Format.WriteRequest(exchange.Body.Span, facts, model.Model, rewritten);
        return rewritten.Written;
    }

    private static async Task<bool> ReadAsync(Stream body, PooledBuffer answer, CancellationToken cancellationToken)
    {
        while (answer.Length <= LargestAnswer)
        {
            var read = await body.ReadAsync(answer.GetMemory(1), cancellationToken);
            if (read == 0)
            {
                return true;
            }

            answer.Advance(read);
        }

        return false;
    }

    private async Task RelayAsync(
        Exchange exchange,
        TokenCountForm form,
        CatalogModel model,
        UpstreamCredential credential,
        HttpResponseMessage response,
        PooledBuffer answer
    )
    {
        var to = exchange.Http.Response;
        to.StatusCode = (int)response.StatusCode;
        UpstreamAnswer.CopyHeaders(response, to, credential);
        if (response.IsSuccessStatusCode && form.Read(answer.Span) is { } counted)
        {
            ratios.Learn(model.Provider, model.Model, exchange.Body.Span, counted);
            Note(exchange, model, FromProvider);
        }
        else
        {
            metrics?.Counted(model, "provider_error");
        }

        await SendAsync(exchange, model, answer);
    }

    private async Task CountAsync(Exchange exchange, TokenCountForm form, CatalogModel model)
    {
        TokenEstimate estimate;
        await OneAtATime.WaitAsync(exchange.Http.RequestAborted);
        try
        {
            estimate = await Task.Run(() =>
                TokenCounter.OfRequest(model.Model, exchange.Body.Span, ratios.Of(model.Provider, model.Model))
            );
        }
        finally
        {
            OneAtATime.Release();
        }

        using var answer = new PooledBuffer(256);
        form.Write(answer, estimate.Tokens);
        exchange.Http.Response.ContentType = "application/json";
        Note(exchange, model, Sureness(estimate));
        await SendAsync(exchange, model, answer);
    }

    private void Note(Exchange exchange, CatalogModel model, string sureness)
    {
        exchange.Http.Response.Headers[CountHeader] = sureness;
        metrics?.Counted(model, sureness.Split(';')[0]);
        LogCount(logger, AttemptId.NameOf(exchange.RequestId), model.Provider, model.Model, sureness);
    }

    private static async Task SendAsync(Exchange exchange, CatalogModel model, PooledBuffer answer)
    {
        exchange.WriteHeaders(model.Model, null, null);
        exchange.Http.Response.ContentLength = answer.Length;
        await exchange.Http.Response.Body.WriteAsync(answer.Written, exchange.Http.RequestAborted);
    }

    private static string Sureness(TokenEstimate estimate) =>
        estimate.IsExact ? "exact"
        : estimate.Error is { } error
            ? string.Create(CultureInfo.InvariantCulture, $"estimate; p90-error={Math.Ceiling(error * 100) / 100:0.00}")
        : "estimate; p90-error=unknown";

    private bool IsToAsk(Exchange exchange, string provider) =>
        !IsWithout(provider) && (exchange.Pin is not { } pin || pin.Provider == provider);

    private bool IsWithout(string provider) => without.TryGetValue(provider, out var until) && until > clock.GetUtcNow();

    /// <summary>Whether a provider doesn't have the endpoint.</summary>
    private static bool IsLacking(TokenCountForm form, HttpResponseMessage response, ReadOnlySpan<byte> body) =>
        (int)response.StatusCode switch
        {
            StatusCodes.Status404NotFound => !IsAboutRequest(form, body),
            StatusCodes.Status405MethodNotAllowed or StatusCodes.Status501NotImplemented => true,
            StatusCodes.Status200OK => form.Read(body) is null,
            _ => false,
        };

    /// <summary>
    /// Whether a 404 speaks of a thing in the request, such as a model or a file: that is an answer, and no client's request may keep the others
    /// from being counted by the provider.
    /// </summary>
    private static bool IsAboutRequest(TokenCountForm form, ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            using var document = JsonDocument.ParseValue(ref reader);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("error", out var error)
                && error is { ValueKind: JsonValueKind.Object }
                && form.IsAboutRequest(error);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static Refusal Broken(Provider provider, string how) =>
        new(StatusCodes.Status502BadGateway, "provider_answer_broken", $"The answer of the provider {provider.Options.Name} {how}.");

    [LoggerMessage(Level = LogLevel.Debug, Message = "Request {RequestId} counted the tokens of {Provider}/{Model}: {Sureness}")]
    private static partial void LogCount(ILogger logger, string requestId, string provider, string model, string sureness);

    [LoggerMessage(Level = LogLevel.Error, Message = "Request {RequestId} for a count of tokens failed in the gateway itself")]
    private static partial void LogBug(ILogger logger, string requestId, Exception exception);
}

using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Routing;
using Purser.Gateway.Credentials;
using Purser.Gateway.Pipeline.Resilience;
using Purser.Providers;
using Purser.Providers.Passthrough;

namespace Purser.Gateway.Pipeline.Passthrough;

/// <summary>
/// One request that is passed through. What it can cost is held before it's sent, and what it cost is posted after; a route that is free moves no
/// money and isn't recorded. It is sent once.
/// </summary>
internal sealed class PassthroughCall(PipelineParts parts)
{
    private const int LargestHeldAnswer = 256 << 20;

    /// <summary>Serves it.</summary>
    /// <param name="exchange">The request.</param>
    /// <param name="provider">Where it goes.</param>
    /// <param name="route">The route on the list.</param>
    /// <param name="path">The plain path.</param>
    public async Task ServeAsync(Exchange exchange, Provider provider, PassthroughRoute route, string path)
    {
        // Step 1: identify, read, price.
        var key = parts.Authenticator.Authenticate(exchange.Http.Request)!;
        var (identity, refusal) = Identity.Read(key, exchange.Http.Request.Headers);
        refusal ??= await exchange.ReadBodyAsync(parts.Bodies) ?? CheckBody(exchange, provider, route);
        if (!TryQuery(exchange.Http.Request, route, out var query))
        {
            refusal ??= Refusal.BadRequest(
                "parameter_not_allowed",
                $"The query may have {(route.Parameters.Count == 0 ? "no parameters" : string.Join(", ", route.Parameters))} here."
            );
        }

        // What is metered is called with the gateway's credential, and billed, whatever the caller has of its own.
        var allows = parts.Authenticator.AllowsSubscription(key);
        refusal ??=
            route.Meter is null ? exchange.TakeSubscription(allows)
            : !allows && CallerSubscription.Read(exchange.Http.Request.Headers) is not null ? Refusal.SubscriptionNotAllowed
            : null;
        var way = parts.Lanes.Pick(provider, route.Template, exchange);
        refusal ??= way is null ? Refusal.NoCredential(provider.Options.Name) : null;
        if (refusal is not null)
        {
            await RefuseAsync(exchange, key.Subject, null, refusal);
            return;
        }

        var url = provider.Api.PassthroughUrl(provider.Options.BaseUrl.OriginalString, path) + query;
        if (route.Meter is not { } meter)
        {
            await using var free = new Sending(
                parts.Lanes,
                exchange,
                provider,
                way!.Value,
                route.Method,
                url,
                new AttemptId(exchange.RequestId, 1)
            );
            await AnswerAsync(exchange, free, await free.SendAsync(), null);
            return;
        }

        await MeteredAsync(exchange, provider, way!.Value, route, meter, url, identity!.SubjectWithoutBody(key, parts.Repositories));
    }

    private async Task MeteredAsync(
        Exchange exchange,
        Provider provider,
        (UpstreamCredential Credential, Lane Lane) way,
        PassthroughRoute route,
        PassthroughMeter meter,
        string url,
        Subject subject
    )
    {
        var (candidate, refusal) = Price(exchange, provider, meter);
        var profile = Profile(exchange, candidate?.Model.Model ?? "");
        if (candidate is null)
        {
            await RefuseAsync(exchange, subject, profile, refusal!);
            return;
        }

        // Step 2: hold.
        var attempt = new AttemptId(exchange.RequestId, 1);
        var ledgerRoute = new Route(
            PassthroughEndpoint.Api,
            candidate.Model.Model,
            candidate.Model.Provider,
            candidate.Model.Model,
            candidate.Price.Entry,
            parts.PriceBookVersion
        );
        (var reservation, refusal) = await parts.Admitter.HoldAsync(attempt, subject, profile, candidate, ledgerRoute);
        if (reservation is null)
        {
            await RefuseAsync(exchange, subject, profile, refusal!);
            return;
        }

        // Step 3: call, and settle whatever happens.
        await using var sending = new Sending(parts.Lanes, exchange, provider, way, route.Method, url, attempt);
        var charge = new AttemptCharge(reservation.Held.Cost, "the gateway failed during the call");
        var metered = new Metered(default, default, true, [], null);
        try
        {
            exchange.ContinueAs(exchange.RequestId);
            var failure = await sending.SendAsync();
            if (failure is null && meter.ReadsAnswer)
            {
                failure = await sending.HoldAsync(LargestHeldAnswer);
            }

            (metered, charge) = Meter(sending, meter, reservation, profile);
            await AnswerAsync(exchange, sending, failure, reservation, charge.Cost);
        }
        finally
        {
            sending.End();
            _ = parts.Settler.SettleAsync(exchange, reservation, profile, sending.Result, metered, charge);
            parts.Metrics?.Settled(ledgerRoute, sending.Result, metered, charge);
        }
    }

    /// <summary>What the request can cost at most, by the price of the model that it or its route names.</summary>
    private (Candidate? Candidate, Refusal? Refusal) Price(Exchange exchange, Provider provider, PassthroughMeter meter)
    {
        PassthroughAsk ask;
        try
        {
            ask = meter.Ask(exchange.Body.Written);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return (null, Refusal.BadRequest(RequestFaults.InvalidJson, "The body isn't the JSON that this route takes."));
        }

        if (ask.Model is not { } name)
        {
            return (null, Refusal.BadRequest(RequestFaults.ModelMissing, "The body has to name one 'model', and no member twice."));
        }

        var at = exchange.StartedAt;
        var model = parts.Catalog.Find(name).FirstOrDefault(model => model.Provider == provider.Options.Name);
        if (model?.Priced?.PriceAt(at) is not { } price)
        {
            return (
                null,
                new Refusal(
                    402,
                    Refusal.NotPriced,
                    $"There is no price for '{name}' at '{provider.Options.Name}', and what has no price isn't sent. Add one: see docs/pricing.md, or 'purser prices list'."
                )
            );
        }

        return PriceCalculator.TryCost(price, ask.Most, new PricingTerms(At: at), out var most, out var failure)
            ? (new Candidate(model, price, 0, 0, most), null)
            : (null, new Refusal(402, Refusal.NotPriced, $"The price doesn't cover this request: {failure.Describe(price)}."));
    }

    private (Metered Metered, AttemptCharge Charge) Meter(
        Sending sending,
        PassthroughMeter meter,
        Reservation reservation,
        TaskProfile profile
    )
    {
        var (result, reading) = (sending.Result, sending.Result.Reading);
        var terms = new PricingTerms(At: reservation.AdmittedAt);
        if (!result.Dispatched || result.Status is >= 400)
        {
            return (new Metered(default, terms, false, [], null), default);
        }

        var isSaid = result.Outcome == Outcome.Completed && meter.Read(sending.Answer, profile.Model, reading);
        if (!isSaid)
        {
            return (
                new Metered(default, terms, true, [], null),
                new AttemptCharge(reservation.Held.Cost, "the answer doesn't say what it used")
            );
        }

        var metered = new Metered(reading.Usage, terms, reading.Violation is not null, [], reading.ServedModel) { WasServed = true };
        return (metered, parts.Pricer.Price(reservation, metered));
    }

    private static async Task AnswerAsync(
        Exchange exchange,
        Sending sending,
        Refusal? failure,
        Reservation? reservation,
        Money? cost = null
    )
    {
        if (failure is not null)
        {
            await exchange.RefuseAsync(failure);
            return;
        }

        sending.CopyHeaders();
        exchange.WriteHeaders(
            reservation?.Candidate.Model.Model,
            cost ?? Money.Zero,
            cost is { } spent ? reservation?.RemainingAfter(spent) : null
        );
        await sending.RelayAsync();
    }

    private static TaskProfile Profile(Exchange exchange, string model) =>
        new()
        {
            Format = PassthroughEndpoint.Api,
            Model = model,
            BodyBytes = exchange.Body?.Length ?? 0,
            MaxInputTokens = 0,
            MaxOutputTokens = 0,
        };

    /// <summary>
    /// Refuses a body that names what the provider keeps, for it may be another account's. What isn't JSON can't be looked into: it's for the routes that
    /// the operator lists.
    /// </summary>
    private static Refusal? CheckBody(Exchange exchange, Provider provider, PassthroughRoute route)
    {
        if (exchange.Body.Length == 0 || route.Method == "GET")
        {
            return null;
        }

        try
        {
            return KeptThings.Find(exchange.Body.Span) is { } name
                ? Refusal.BadRequest(
                    "reference_not_served",
                    $"What the provider keeps can't be named here ('{name}'), for it may be somebody else's. Send its content in the request, or use the gateway's own paths."
                )
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return provider.Api.PassthroughRoutes.Contains(route)
                ? Refusal.BadRequest(RequestFaults.InvalidJson, "The body isn't the JSON that this route takes.")
                : null;
        }
    }

    /// <summary>The query that goes on: the parameters that the route lists, but for keys, which end here. False where there are others.</summary>
    private static bool TryQuery(HttpRequest request, PassthroughRoute route, out string query)
    {
        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var mark = target.IndexOf('?', StringComparison.Ordinal);
        query = mark < 0 ? "" : HeaderRules.CleanQuery(target[mark..]);
        query = query == "?" ? "" : query;
        return query.Length == 0
            || query[1..].Split('&').All(parameter => route.Parameters.Contains(parameter.Split('=')[0], StringComparer.Ordinal));
    }

    private async Task RefuseAsync(Exchange exchange, Subject subject, TaskProfile? profile, Refusal refusal)
    {
        refusal = refusal.Of(AttemptId.NameOf(exchange.RequestId));
        _ = parts.Settler.RefuseAsync(exchange, subject, profile, refusal);
        parts.Metrics?.Refused(PassthroughEndpoint.Api, refusal.Code);
        await exchange.RefuseAsync(refusal);
    }

    /// <summary>The call of the provider.</summary>
    private sealed class Sending(
        Lanes lanes,
        Exchange exchange,
        Provider provider,
        (UpstreamCredential Credential, Lane Lane) way,
        string method,
        string url,
        AttemptId attempt
    ) : IAsyncDisposable
    {
        private readonly CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(exchange.Http.RequestAborted);
        private readonly long sentAt = Stopwatch.GetTimestamp();
        private UpstreamCredential credential = way.Credential;
        private HttpRequestMessage? message;
        private HttpResponseMessage? response;
        private Stream? body;
        private PooledBuffer? held;

        public CallResult Result { get; } = new() { Credential = way.Credential.Id };

        public ReadOnlySpan<byte> Answer => held is null ? default : held.Span;

        /// <summary>Sends the request; says why there is no answer.</summary>
        public async Task<Refusal?> SendAsync()
        {
            stop.CancelAfter(provider.Options.Timeout);
            try
            {
                credential = await provider.WithTokenAsync(credential, stop.Token);
                ReadOnlyMemory<byte>? content = method == "GET" ? null : exchange.Body.Written;
                message = UpstreamRequest.Build(new HttpMethod(method), url, exchange, provider, credential, content, attempt);
                response = await provider.Invoker.SendAsync(message, stop.Token);
                Result.Status = (int)response.StatusCode;
                Result.Outcome = response.IsSuccessStatusCode ? Outcome.Completed : Outcome.ProviderError;
                lanes.Learn(way.Lane, Result.Status, response.Headers);
                body = UpstreamAnswer.Body(response, credential);
                return null;
            }
            catch (CredentialException)
            {
                return NotSent(UpstreamAnswer.NoCredential(provider.Options));
            }
            catch (SpillException)
            {
                return NotSent(Refusal.NoRoom);
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
            {
                if (message is null || UpstreamAnswer.NeverSent(exception))
                {
                    return NotSent(UpstreamAnswer.Unreachable(provider.Options));
                }

                return Broken();
            }
        }

        /// <summary>Reads the whole answer; says why that isn't possible.</summary>
        public async Task<Refusal?> HoldAsync(int most)
        {
            held = new PooledBuffer(spill: exchange.Spill);
            try
            {
                while (held.Length <= most)
                {
                    stop.CancelAfter(provider.Options.Timeout);
                    var read = await body!.ReadAsync(held.GetMemory(1), stop.Token);
                    if (read == 0)
                    {
                        return null;
                    }

                    held.Advance(read);
                }

                Result.Outcome = Outcome.Cut;
                return new Refusal(502, "provider_answer_broken", "The provider's answer is larger than this gateway holds.");
            }
            catch (SpillException)
            {
                Result.Outcome = Outcome.Cut;
                return Refusal.NoRoom;
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
            {
                return Broken();
            }
        }

        public void CopyHeaders()
        {
            exchange.Http.Response.StatusCode = Result.Status;
            UpstreamAnswer.CopyHeaders(response!, exchange.Http.Response, credential);
            exchange.Http.Response.ContentLength = held?.Length;
        }

        /// <summary>Writes the answer, as it comes where it isn't held.</summary>
        public async Task RelayAsync()
        {
            var to = exchange.Http.Response.Body;
            if (held is not null)
            {
                await to.WriteAsync(held.Written, exchange.Http.RequestAborted);
                return;
            }

            using var buffer = new PooledBuffer(16 << 10);
            try
            {
                while (true)
                {
                    stop.CancelAfter(provider.Options.Timeout);
                    buffer.Clear();
                    var read = await body!.ReadAsync(buffer.GetMemory(1), stop.Token);
                    if (read == 0)
                    {
                        return;
                    }

                    await to.WriteAsync(buffer.GetMemory(1)[..read], exchange.Http.RequestAborted);
                    await to.FlushAsync(exchange.Http.RequestAborted);
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
            {
                Broken();
                // Half an answer must not look whole.
                exchange.Http.Abort();
            }
        }

        /// <summary>It has ended.</summary>
        public void End()
        {
            Result.DurationUs = (long)Stopwatch.GetElapsedTime(exchange.StartedTicks).TotalMicroseconds;
            Result.ProviderUs = Math.Max(1, (long)Stopwatch.GetElapsedTime(sentAt).TotalMicroseconds);
        }

        public async ValueTask DisposeAsync()
        {
            await UpstreamRequest.EndAsync(message, response);
            held?.Dispose();
            stop.Dispose();
        }

        private Refusal NotSent(Refusal why)
        {
            (Result.Outcome, Result.Dispatched, Result.Failure) = (Outcome.Void, false, why);
            return why;
        }

        private Refusal Broken()
        {
            Result.Outcome =
                exchange.Http.RequestAborted.IsCancellationRequested ? Outcome.ClientClosed
                : stop.IsCancellationRequested ? Outcome.Timeout
                : Outcome.Cut;
            return Result.Failure =
                Result.Outcome == Outcome.Timeout
                    ? UpstreamAnswer.TimedOut(provider.Options)
                    : new Refusal(
                        502,
                        "provider_answer_broken",
                        $"The connection to the provider {provider.Options.Name} broke before the answer's end."
                    );
        }
    }
}

using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Gateway.Evaluations;
using Purser.Gateway.Objects;
using Purser.Gateway.Routing;
using Purser.Gateway.Routing.Escalation;
using Purser.Gateway.Storage;
using Purser.Providers;
using Purser.Providers.Context;
using Purser.Providers.OpenAIResponses;

namespace Purser.Gateway.Pipeline;

/// <summary>One client request and the answer to it.</summary>
internal sealed class Exchange(HttpContext http, WireFormat format, Guid requestId, DateTimeOffset startedAt, long startedTicks)
    : IDisposable
{
    /// <summary>The HTTP request and response.</summary>
    public HttpContext Http => http;

    /// <summary>The client's wire format.</summary>
    public WireFormat Format => format;

    /// <summary>What the ledger and metrics call the kind of request: the format's name, but where it is of none.</summary>
    public string Api { get; init; } = format.Name;

    /// <summary>The path that it came by; null where its format has none of it.</summary>
    public ClientRoute? Route { get; init; }

    /// <summary>The one provider that it may go to; null for any.</summary>
    public string? Only { get; init; }

    /// <summary>What it says beside its body.</summary>
    public RequestTarget Target =>
        new(
            http.GetRouteValue(ClientRoute.Model) as string,
            Route?.Stream,
            http.Request.ContentType,
            http.Request.QueryString.Value,
            HeaderOf
        );

    private string? HeaderOf(string name) => http.Request.Headers.TryGetValue(name, out var values) ? values.ToString() : null;

    /// <summary>The request's id: an own one, or that of the request that this is another attempt of.</summary>
    public Guid RequestId { get; private set; } = requestId;

    /// <summary>When it came in.</summary>
    public DateTimeOffset StartedAt => startedAt;

    /// <summary>The same by the monotonic clock, for durations.</summary>
    public long StartedTicks => startedTicks;

    /// <summary>The caller's own subscription, where the request carries one and its account allows it; else null.</summary>
    public CallerSubscription? Subscription { get; private set; }

    /// <summary>Where it has to go, because what it names lives there; null where it can go anywhere.</summary>
    public ObjectPin? Pin { get; set; }

    /// <summary>Finds out where it has to go; says why not, where it names what isn't its account's own.</summary>
    public Refusal? PinTo(OwnedObjects objects, RequestFacts facts, VirtualKey key)
    {
        (Pin, var refusal) = ObjectPin.Of(objects, facts, key.AccountId, format);
        return refusal;
    }

    /// <summary>Keeps whose its answer is, where the provider stores it; else null.</summary>
    public ObjectKeeper? Keeper { get; set; }

    /// <summary>Keeps whose a stream's answer is, as it comes; null where there is nothing to keep.</summary>
    public Func<ValueTask>? Keeping(UsageReading reading) => Keeper is { } keeper ? () => keeper.KeepAsync(reading) : null;

    /// <summary>Keeps whose a whole answer is, before the client has it.</summary>
    public async ValueTask KeepAsync(CallResult result)
    {
        if (Keeper is null || result.Streamed)
        {
            return;
        }

        try
        {
            await Keeper.KeepAsync(result.Reading);
        }
        catch (LedgerUnavailableException)
        {
            result.Failure = Refusal.LedgerDown;
        }
    }

    /// <summary>Takes the caller's own subscription, where there is one; says why not, where its account doesn't allow it.</summary>
    public Refusal? TakeSubscription(bool isAllowed)
    {
        Subscription = CallerSubscription.Read(http.Request.Headers);
        return Subscription is null || isAllowed ? null : Refusal.SubscriptionNotAllowed;
    }

    /// <summary>How it came that it goes where it goes; null where it goes to the model that it names, and routing had no say.</summary>
    public RouteRecord? RouteRecord { get; set; }

    /// <summary>What is done where its answer is of no use; null: it's given as it is.</summary>
    public EscalationPlan? Escalation { get; set; }

    /// <summary>What the first answer failed, where the model above was asked too; else null.</summary>
    public AnswerWatch? FirstChecked { get; set; }

    /// <summary>Why the client gets an answer that failed a check; null where it doesn't, or isn't told.</summary>
    public string? CheckNote { get; set; }

    /// <summary>What it's for, where the gateway asks for itself; null for a client's.</summary>
    public EvaluationCall? Evaluation { get; init; }

    /// <summary>Takes its answer for a call in shadow; null where none follows.</summary>
    public ShadowSample? Sample { get; set; }

    /// <summary>What the client says of the work that the request is part of; null as long as it isn't read.</summary>
    public ClientHints? Hints { get; set; }

    /// <summary>The body.</summary>
    public PooledBuffer Body { get; private set; } = null!;

    /// <summary>Where of this exchange is kept what is too large for memory.</summary>
    public SpillFolder? Spill { get; private set; }

    /// <summary>How many attempts this exchange has made.</summary>
    public int Attempts { get; private set; }

    /// <summary>What its attempts before the latest have cost.</summary>
    public Money SpentBefore { get; set; }

    /// <summary>
    /// Whether a client that repeats the request would only repeat what was tried already: the attempts here and the client's own would multiply.
    /// </summary>
    public bool ForbidsRetry { get; set; }

    /// <summary>Goes on as another attempt of the request with this id.</summary>
    public void ContinueAs(Guid request)
    {
        RequestId = request;
        Attempts++;
    }

    /// <summary>Reads the whole body, or says why not.</summary>
    public async Task<Refusal?> ReadBodyAsync(BodyLimits limits)
    {
        if (http.Request.Headers.ContentEncoding is [{ Length: > 0 } encoding, ..] && encoding != "identity")
        {
            return new Refusal(
                415,
                "encoded_body",
                $"The request's body is encoded ({encoding}), and can't be priced unread. Send it plain."
            );
        }

        var declared = http.Request.ContentLength;
        if (declared > limits.Largest)
        {
            return Refusal.TooLarge(limits.Largest);
        }

        Spill = limits.Spill;
        Body = new PooledBuffer((int)(declared ?? 16_384) + 1, Spill);
        try
        {
            while (true)
            {
                var read = await http.Request.Body.ReadAsync(Body.GetMemory(1), http.RequestAborted);
                if (read == 0)
                {
                    return null;
                }

                Body.Advance(read);
                if (Body.Length > limits.Largest)
                {
                    return Refusal.TooLarge(limits.Largest);
                }
            }
        }
        catch (BadHttpRequestException bad)
        {
            return bad.StatusCode == StatusCodes.Status413PayloadTooLarge ? Refusal.TooLarge(limits.Largest) : Incomplete;
        }
        catch (IOException)
        {
            // The client reset the connection: nobody reads the answer, and nothing failed here.
            return Incomplete;
        }
        catch (SpillException)
        {
            return Refusal.NoRoom;
        }
    }

    private static Refusal Incomplete => Refusal.BadRequest("incomplete_body", "The request's body ended before its announced length.");

    /// <summary>Puts Purser's own headers on the response. The cost is that of all attempts.</summary>
    /// <param name="model">The model that answers.</param>
    /// <param name="cost">What the latest attempt costs.</param>
    /// <param name="remaining">What the budgets have left.</param>
    public void WriteHeaders(string? model, Money? cost, Money? remaining)
    {
        var headers = http.Response.Headers;
        headers["x-purser-request-id"] = AttemptId.NameOf(RequestId);
        if (model is not null)
        {
            headers["x-purser-model"] = model;
        }

        if (RouteRecord?.HeaderText() is { } route)
        {
            headers[RequestRouter.Header] = route;
        }

        if (CheckNote is { } note)
        {
            headers[AnswerWatch.Header] = note;
        }

        if (ForbidsRetry && http.Response.StatusCode >= 400)
        {
            headers["x-should-retry"] = "false";
        }

        if (cost is { } spent)
        {
            headers["x-purser-cost-usd"] = (SpentBefore + spent).ToString();
        }

        if (Attempts > 1)
        {
            headers["x-purser-attempts"] = Attempts.ToString(CultureInfo.InvariantCulture);
        }

        if (remaining is { } left)
        {
            headers["x-purser-budget-remaining-usd"] = left.ToString();
        }
    }

    /// <summary>
    /// What the person should know, for clients that show it: that a budget is mostly used, and how to ask for more; that the answer can only be so
    /// long, because a budget has no room for more; and by which rules the request was changed on its way into another format.
    /// </summary>
    public void WriteNotes(IReadOnlyList<string> rules, Reservation reservation)
    {
        var headers = http.Response.Headers;
        if (rules.Count > 0)
        {
            headers["x-purser-translation"] = string.Join(", ", rules);
        }

        if (reservation.Warning() is { } warning)
        {
            headers["x-purser-budget-warning"] = warning;
        }

        if (reservation.LoweredLimit is { } limit)
        {
            headers["x-purser-max-output-tokens"] = limit.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Answers with a refusal in the client's own error format.</summary>
    public async Task RefuseAsync(Refusal refusal)
    {
        if (http.Response.HasStarted || http.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        var isCodex =
            refusal.Status == StatusCodes.Status402PaymentRequired
            && CodexRefusal.IsFor(format, name => http.Request.Headers.TryGetValue(name, out var value) ? value.ToString() : null);
        var isUsedUp = isCodex && refusal.StoppedBy is not null;
        refusal = !isCodex
            ? refusal
            : refusal with
            {
                Status = isUsedUp ? StatusCodes.Status429TooManyRequests : StatusCodes.Status400BadRequest,
            };
        http.Response.StatusCode = refusal.Status;
        http.Response.ContentType = "application/json";
        http.Response.Headers["x-should-retry"] = refusal.RetryHelps ? "true" : "false";
        UpstreamAnswer.WriteErrorHeaders(http.Response, format, refusal.Status);
        if (
            refusal is
            {
                Status: StatusCodes.Status409Conflict or StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable,
                ResetsAt: { } at
            }
        )
        {
            var seconds = Math.Max(1, (long)Math.Ceiling((at - startedAt).TotalSeconds));
            http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        if (format.ShowsReasonPhrase)
        {
            http.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = ReasonPhrase.Of(refusal.Message);
        }

        WriteHeaders(null, null, null);
        using var body = new PooledBuffer(1024);
        if (isUsedUp)
        {
            http.Response.Headers[CodexRefusal.TextHeader] = CodexRefusal.Text(refusal.Message);
            CodexRefusal.Write(body, ErrorOf(refusal), refusal.ResetsAt);
        }
        else
        {
            format.WriteError(body, ErrorOf(refusal));
        }

        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body.Written, http.RequestAborted);
    }

    /// <summary>A refusal in the wire format's terms.</summary>
    public WireError ErrorOf(Refusal refusal) =>
        new(
            refusal.Status,
            refusal.Rule ?? refusal.Code,
            refusal.Message,
            RequestId: AttemptId.NameOf(RequestId),
            Details: refusal.Members
        );

    public void Dispose() => Body?.Dispose();
}

using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Purser.Core.Ledger;
using Purser.Gateway.Admin;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Evaluations;

/// <summary>
/// <c>POST /v1/feedback</c>, with a client's own key: how good the answer to a request of its account was. It's of whom it pleases to say so, and
/// so it's reported and learned from, but never counts for a slice.
/// </summary>
internal static class FeedbackEndpoint
{
    /// <summary>How many characters a reason has at most.</summary>
    public const int LongestReason = 500;

    private const int LongestId = 128;
    private const long LargestBody = 16 << 10;

    /// <summary>Maps it.</summary>
    public static void Map(WebApplication app, AdminContext context) =>
        app.MapPost("/v1/feedback", (RequestDelegate)(async http => await HandleAsync(context, http, TakeAsync)));

    /// <summary>A call with a client's own key, and every refusal in one shape.</summary>
    public static async Task HandleAsync(
        AdminContext context,
        HttpContext http,
        Func<AdminContext, HttpContext, VirtualKey, Task<object>> take
    )
    {
        if (context.Authenticator.Authenticate(http.Request) is not { } key)
        {
            await AdminEndpoints.WriteErrorAsync(http, 401, "invalid_api_key", "The Purser key is missing or isn't valid.", null);
            return;
        }

        try
        {
            // What it waits for may take long: it doesn't belong on a socket's thread.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            await http.Response.WriteAsJsonAsync(await take(context, http, key), AdminEndpoints.Json, http.RequestAborted);
        }
        catch (RefusedChangeException refused)
        {
            var status =
                refused.Code.StartsWith("unknown_", StringComparison.Ordinal) ? 404
                : refused.Code.StartsWith("unsupported_", StringComparison.Ordinal) ? 415
                : refused.Code.StartsWith("too_many_", StringComparison.Ordinal) ? 409
                : 400;
            await AdminEndpoints.WriteErrorAsync(http, status, refused.Code, refused.Message, refused.Hint);
        }
        catch (JsonException)
        {
            await AdminEndpoints.WriteErrorAsync(http, 400, "invalid_json", "The body isn't the JSON that was expected.", null);
        }
        catch (EventsUnavailableException)
        {
            await AdminEndpoints.WriteReportsUnavailableAsync(http);
        }
        catch (LedgerUnavailableException)
        {
            await AdminEndpoints.WriteErrorAsync(http, 503, "ledger_unavailable", "The ledger can't be written.", null);
        }
    }

    /// <summary>Keeps a client from filling the memory.</summary>
    /// <exception cref="RefusedChangeException">The body doesn't say how long it is, or is too long.</exception>
    public static void LimitBody(HttpContext http, long most)
    {
        if (http.Request.ContentLength is not { } length || length > most)
        {
            throw new RefusedChangeException("invalid_body", $"A body that says its length is expected, of at most {most} bytes.");
        }
    }

    /// <summary>What is kept of a reason: nothing where reasons aren't kept.</summary>
    /// <exception cref="RefusedChangeException">It isn't one short line.</exception>
    public static string? Reason(AdminContext context, string? said)
    {
        var reason = said?.Trim();
        return reason is { Length: > LongestReason } || reason?.Any(char.IsControl) == true
                ? throw new RefusedChangeException("invalid_reason", $"A reason is one line of at most {LongestReason} characters.")
            : context.Options.Routing?.KeepsReasons == true && !string.IsNullOrEmpty(reason) ? reason
            : null;
    }

    /// <summary>That a key has said as much of a request as it may, in words.</summary>
    public static string TooMany(Guid request) =>
        $"Of request '{AttemptId.NameOf(request)}' this key has said {Evaluation.MostOfKey} things already, which is the most; they stand.";

    private static async Task<object> TakeAsync(AdminContext context, HttpContext http, VirtualKey key)
    {
        LimitBody(http, LargestBody);
        var body = await AdminEndpoints.ReadAsync<Said>(http);
        var name = body.RequestId ?? body.RouteId;
        if (!AttemptId.TryParseRequest(name, out var route))
        {
            throw Unknown(name);
        }

        if (body.Id is { Length: 0 or > LongestId })
        {
            throw new RefusedChangeException("invalid_id", $"An id has 1 to {LongestId} characters.");
        }

        var evaluation = new Evaluation(route, null, ScoreOf(body), EvaluationSource.Feedback, context.Clock.GetUtcNow())
        {
            // What one key says of a request is said once, unless it tells its sayings apart.
            Id = body.Id is null ? key.Id : $"{key.Id} {body.Id}",
            Key = key.Id,
            Reason = Reason(context, body.Reason),
        };
        return await context.Evaluations.AddAsync(evaluation, key.AccountId) switch
        {
            EvaluationOutcome.UnknownRoute => throw Unknown(name),
            EvaluationOutcome.TooMany => throw new RefusedChangeException("too_many_evaluations", TooMany(route)),
            var outcome => new
            {
                RequestId = AttemptId.NameOf(route),
                Recorded = outcome == EvaluationOutcome.Kept,
                ReasonKept = evaluation.Reason is not null,
            },
        };
    }

    private static double ScoreOf(Said body) =>
        (body.Score, body.Good) switch
        {
            (double score, null) when score is >= 0 and <= 1 => score,
            (null, bool good) => good ? 1 : 0,
            _ => throw new RefusedChangeException(
                "invalid_score",
                "Say either \"score\", from 0 (useless) to 1 (as good as asked), or \"good\", true or false."
            ),
        };

    // Another account's request is as unknown as one that never was.
    private static RefusedChangeException Unknown(string? name) =>
        new(
            "unknown_request",
            $"No request '{name}' of this account was answered.",
            "The id is in the answer's x-purser-request-id header."
        );

    private sealed record Said(string? RequestId, string? RouteId, double? Score, bool? Good, string? Reason, string? Id);
}

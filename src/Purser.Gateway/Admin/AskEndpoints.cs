using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Data.Sqlite;
using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Gateway.Alerts;
using Purser.Gateway.Pipeline;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Admin;

/// <summary>Asking for more: whoever holds a key asks, an administrator approves or denies.</summary>
internal static class AskEndpoints
{
    private const int LongestReason = 500;

    public static void Map(IEndpointRouteBuilder admin, AdminContext context)
    {
        AdminEndpoints.Handle(admin, "GET", "/asks", context, _ => Task.FromResult<object?>(List(context)));
        AdminEndpoints.Handle(admin, "POST", "/asks/{id}/approve", context, http => DecideAsync(context, http, AskState.Approved));
        AdminEndpoints.Handle(admin, "POST", "/asks/{id}/deny", context, http => DecideAsync(context, http, AskState.Denied));
    }

    /// <summary>Serves <c>POST /v1/purser/asks</c> to the holder of a key.</summary>
    public static void MapForClients(WebApplication app, AdminContext context, ApprovalDesk desk) =>
        app.MapPost(
            "/v1/purser/asks",
            (RequestDelegate)(
                async http =>
                {
                    if (context.Authenticator.Authenticate(http.Request) is not { } key)
                    {
                        await AdminEndpoints.WriteErrorAsync(
                            http,
                            401,
                            "invalid_api_key",
                            "The Purser key is missing or isn't valid.",
                            null
                        );
                        return;
                    }

                    try
                    {
                        var answer = await CreateAsync(context, http, key, desk);
                        await http.Response.WriteAsJsonAsync(answer, AdminEndpoints.Json, http.RequestAborted);
                    }
                    catch (RefusedChangeException refused)
                    {
                        var status = refused.Code.StartsWith("unknown_", StringComparison.Ordinal) ? 404 : 400;
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
            )
        );

    private static async Task<object> CreateAsync(AdminContext context, HttpContext http, VirtualKey key, ApprovalDesk desk)
    {
        var body = await AdminEndpoints.ReadAsync<NewAsk>(http);
        var reason = body.Reason?.Trim() ?? "";
        if (reason.Length is 0 or > LongestReason || reason.Any(char.IsControl))
        {
            throw new RefusedChangeException("invalid_reason", $"Say what it's for, in one line of at most {LongestReason} characters.");
        }

        // Only a budget that stopped a request of this very key can be asked about: a key learns of no other.
        // Its refusal may have been answered before it was written.
        await context.Store.FlushAsync();
        var stopped = AttemptId.TryParseRequest(body.RequestId, out var request) ? StoppedBy(context, request, key.Id) : null;
        if (stopped is not { } found)
        {
            throw new RefusedChangeException("unknown_request", $"No budget stopped a request '{body.RequestId}' of this key.");
        }

        var budget =
            context.Store.Control.Budgets.FirstOrDefault(budget => budget.Id == found.BudgetId)
            ?? throw new RefusedChangeException("unknown_budget", "The budget that stopped this request is gone: try again.");
        var amount = BudgetRequest.ParseLimit(budget.Unit, body.Amount ?? "");
        var (ask, waitedAlready) = await desk.OpenAsync(budget, found.Instance, key, request, amount, reason);
        return new
        {
            ask.Id,
            State = BudgetNames.Of(ask.State),
            // A client isn't told about budgets above its own.
            Budget = Visibility.IsVisible(budget.Scope, key.Subject) ? budget.Name : null,
            Amount = Budget.Format(budget.Unit, ask.Amount),
            Unit = BudgetNames.Of(budget.Unit),
            WaitedAlready = waitedAlready,
        };
    }

    private static object List(AdminContext context)
    {
        using var connection = context.Store.OpenLedgerReader();
        return new { Data = Asks.List(connection).Select(ask => View(context.Store.Control, ask)).ToList() };
    }

    private static async Task<object?> DecideAsync(AdminContext context, HttpContext http, AskState state)
    {
        var body = await AdminEndpoints.ReadOptionalAsync<Decision>(http) ?? new Decision(null, null);
        var id = (string)http.GetRouteValue("id")!;
        await context.Store.ChangeAsync(change =>
        {
            var ask =
                Asks.Find(change.Connection, id)
                ?? throw new RefusedChangeException("unknown_ask", $"There is no ask '{id}'.", "purser asks list");
            if (ask.State != AskState.Pending)
            {
                throw new RefusedChangeException("already_decided", $"'{id}' was {BudgetNames.Of(ask.State)} before.");
            }

            var by = body.By ?? "administrator";
            if (state == AskState.Approved)
            {
                var budget = change.ResolveBudget(ask.BudgetId);
                var amount = body.Amount is null ? ask.Amount : BudgetRequest.ParseLimit(budget.Unit, body.Amount);
                DateTimeOffset? until = budget.Unit == BudgetUnit.Concurrency ? change.Now.AddDays(1) : null;
                GrantEndpoints.Make(change, budget, ask.Instance, amount, until, GrantCause.Approved, by, ask.Reason);
            }

            Asks.Decide(change.Connection, id, state, by);
            return true;
        });
        using var connection = context.Store.OpenLedgerReader();
        return View(context.Store.Control, Asks.Find(connection, id)!);
    }

    /// <summary>The budget that refused or cut off a request of a key, as its event's detail has it.</summary>
    private static (string BudgetId, BudgetScope? Instance)? StoppedBy(AdminContext context, Guid request, string keyId) =>
        context.Store.Read(connection => StoppedBy(connection, request, keyId));

    private static (string BudgetId, BudgetScope? Instance)? StoppedBy(SqliteConnection connection, Guid request, string keyId)
    {
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT e.detail FROM usage_events e JOIN subjects s ON s.id = e.subject_id
            WHERE e.request = $request AND s.key_id = $key AND e.detail IS NOT NULL ORDER BY e.attempt
            """;
        command.Parameters.AddWithValue("$request", request.ToByteArray(bigEndian: true));
        command.Parameters.AddWithValue("$key", keyId);
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            using var detail = JsonDocument.Parse(row.GetString(0));
            if (detail.RootElement.TryGetProperty("stopped_by", out var stopped))
            {
                var instance = stopped.TryGetProperty("instance", out var text) ? BudgetScope.Parse(text.GetString()!) : (BudgetScope?)null;
                return (stopped.GetProperty("budget_id").GetString()!, instance);
            }
        }

        return null;
    }

    private static object View(ControlSnapshot control, Ask ask)
    {
        var budget = control.Budgets.FirstOrDefault(budget => budget.Id == ask.BudgetId);
        var key = control.FindKey(ask.KeyId);
        var unit = budget?.Unit ?? BudgetUnit.Requests;
        return new
        {
            ask.Id,
            State = BudgetNames.Of(ask.State),
            ask.BudgetId,
            Budget = budget?.Name,
            Unit = budget is null ? null : BudgetNames.Of(unit),
            Amount = Budget.Format(unit, ask.Amount),
            ask.Reason,
            Key = key?.Name ?? ask.KeyId,
            Account = key is null ? null : control.Accounts.PathOf(key.AccountId),
            RequestId = AttemptId.NameOf(ask.Request),
            ask.At,
            ask.DecidedBy,
        };
    }

    private sealed record NewAsk(string? RequestId, string? Amount, string? Reason);

    private sealed record Decision(string? Amount, string? By);
}

using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Purser.Gateway.Evaluations;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Admin;

/// <summary>The admin API: docs/admin-api.md describes it.</summary>
internal static class AdminEndpoints
{
    private const long LargestBody = 4 << 20;

    /// <summary>How the admin API writes JSON: snake_case, nothing for what isn't there.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static void Map(WebApplication app, AdminContext context)
    {
        var admin = app.MapGroup("/admin/v1");
        Handle(admin, "GET", "/status", context, http => StatusView.ReadAsync(context));
        Handle(admin, "GET", "/models", context, _ => Task.FromResult<object?>(StatusView.Models(context)));
        Handle(admin, "GET", "/keys", context, _ => KeyEndpoints.ListAsync(context));
        Handle(admin, "POST", "/keys", context, http => KeyEndpoints.CreateAsync(context, http));
        Handle(admin, "POST", "/keys/{id}/disable", context, http => KeyEndpoints.DisableAsync(context, http));
        Handle(admin, "GET", "/budgets", context, _ => BudgetView.ListAsync(context));
        Handle(admin, "PUT", "/budgets", context, http => BudgetView.SetAsync(context, http));
        Handle(admin, "DELETE", "/budgets/{id}", context, http => BudgetView.RemoveAsync(context, http));
        Handle(admin, "POST", "/apply", context, http => Applier.ApplyAsync(context, http));
        AccountEndpoints.Map(admin, context);
        CredentialEndpoints.Map(admin, context);
        GrantEndpoints.Map(admin, context);
        AskEndpoints.Map(admin, context);
        ReportEndpoints.Map(admin, context);
        RouterEndpoints.Map(admin, context);
        SliceEndpoints.Map(admin, context);
    }

    /// <summary>One call: the administrator alone, and every refusal in one shape.</summary>
    public static void Handle(
        IEndpointRouteBuilder admin,
        string method,
        string path,
        AdminContext context,
        Func<HttpContext, Task<object?>> handle
    ) =>
        admin.MapMethods(
            path,
            [method],
            (RequestDelegate)(
                async http =>
                {
                    if (!context.Authenticator.IsAdministrator(http.Request.Headers))
                    {
                        await WriteErrorAsync(
                            http,
                            401,
                            "invalid_admin_key",
                            "The admin key is missing or isn't valid.",
                            "export PURSER_ADMIN_KEY=…"
                        );
                        return;
                    }

                    try
                    {
                        // Reports can take long: they don't belong on a socket's thread.
                        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                        if (await handle(http) is { } answer)
                        {
                            await http.Response.WriteAsJsonAsync(answer, Json, http.RequestAborted);
                        }
                    }
                    catch (RefusedChangeException refused)
                    {
                        var status =
                            refused.Code.StartsWith("unknown_", StringComparison.Ordinal) ? 404
                            : refused.Code.StartsWith("invalid_", StringComparison.Ordinal) ? 400
                            : 409;
                        await WriteErrorAsync(http, status, refused.Code, refused.Message, refused.Hint);
                    }
                    catch (LedgerUnavailableException)
                    {
                        await WriteErrorAsync(http, 503, "ledger_unavailable", "The ledger can't be written.", "See the gateway's log.");
                    }
                    catch (EventsUnavailableException) when (!http.Response.HasStarted)
                    {
                        await WriteReportsUnavailableAsync(http);
                    }
                    catch (JsonException invalid)
                    {
                        var message = $"The body isn't the JSON that was expected: {invalid.Message}";
                        await WriteErrorAsync(http, 400, "invalid_json", message, null);
                    }
                }
            )
        );

    /// <summary>Reads a JSON body.</summary>
    public static async Task<T> ReadAsync<T>(HttpContext http)
    {
        LimitBody(http);
        return await JsonSerializer.DeserializeAsync<T>(http.Request.Body, Json, http.RequestAborted)
            ?? throw new RefusedChangeException("invalid_json", "The body must be a JSON object.");
    }

    /// <summary>Reads a JSON body where there is one, whether or not its length was said before; null where there is none.</summary>
    public static async Task<T?> ReadOptionalAsync<T>(HttpContext http)
        where T : class
    {
        var start = await http.Request.BodyReader.ReadAsync(http.RequestAborted);
        var isEmpty = start.Buffer.IsEmpty;
        // Looked at, not taken: whoever reads the body finds all of it.
        http.Request.BodyReader.AdvanceTo(start.Buffer.Start);
        return isEmpty ? null : await ReadAsync<T>(http);
    }

    /// <summary>Keeps an administrator's mistake from filling the memory.</summary>
    public static void LimitBody(HttpContext http)
    {
        if (http.Request.ContentLength > LargestBody)
        {
            throw new RefusedChangeException("invalid_body", $"The body is larger than {LargestBody} bytes.");
        }
    }

    /// <summary>What is answered where usage events can't be read.</summary>
    public static Task WriteReportsUnavailableAsync(HttpContext http) =>
        WriteErrorAsync(
            http,
            503,
            "reports_unavailable",
            "The usage events that reports are made of can't be read at present. The ledger and its budgets aren't affected.",
            "Try again; where it lasts, see the gateway's log."
        );

    /// <summary>The admin API's error.</summary>
    public static Task WriteErrorAsync(HttpContext http, int status, string code, string message, string? hint, object? errors = null)
    {
        http.Response.StatusCode = status;
        return http.Response.WriteAsJsonAsync(
            new
            {
                Error = new
                {
                    Code = code,
                    Message = message,
                    Hint = hint,
                    Errors = errors,
                },
            },
            Json
        );
    }
}

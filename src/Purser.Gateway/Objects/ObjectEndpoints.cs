using System.Collections.Frozen;
using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Purser.Core.Ledger;
using Purser.Gateway.Configuration;
using Purser.Gateway.Credentials;
using Purser.Gateway.Pipeline;
using Purser.Gateway.Storage;
using Purser.Providers;

namespace Purser.Gateway.Objects;

/// <summary>Files and stored responses: made, shown, listed and taken away for the account whose they are. None of it costs anything.</summary>
internal sealed partial class ObjectEndpoints(
    OwnedObjects objects,
    Authenticator authenticator,
    IReadOnlyList<ProviderOptions> configured,
    FrozenDictionary<string, Provider> providers,
    TimeProvider clock,
    ILogger<ObjectEndpoints> logger
)
{
    private const string ProviderHeader = "x-purser-provider";

    private static readonly string[] Roots = ["/v1", "/openai/v1", "/openai"];
    private static readonly string[] Shown = ["include", "include[]", "stream", "starting_after", "include_obfuscation"];
    private static readonly string[] Listed = ["after", "before", "limit", "order", "include", "include[]"];

    // What clients ask for that would reach everybody's things, and what to do instead.
    private static readonly (string Path, string Instead)[] NotServed =
    [
        ("/v1/uploads", "Files aren't uploaded in parts here. Send them whole: POST /v1/files takes up to 512 MB."),
        ("/v1/conversations", "Conversations aren't served here. Go on from an earlier response with 'previous_response_id'."),
        ("/upload/v1beta/files", "Gemini's files aren't served here. Send their bytes in the request ('inlineData')."),
        ("/v1beta/files", "Gemini's files aren't served here. Send their bytes in the request ('inlineData')."),
        ("/v1beta/cachedContents", "Cached contents aren't served here. Send them in the request: they are cached by themselves."),
    ];

    /// <summary>Maps the paths.</summary>
    public void Map(WebApplication app)
    {
        foreach (var root in Roots)
        {
            app.MapPost($"{root}/files", Serve(ModelEndpoints.FormatOf, UploadAsync));
            app.MapGet($"{root}/files", Serve(ModelEndpoints.FormatOf, ListAsync));
            app.MapGet($"{root}/files/{{id}}", Serve(ModelEndpoints.FormatOf, (e, key) => FileAsync(e, key, HttpMethod.Get, "")));
            app.MapGet(
                $"{root}/files/{{id}}/content",
                Serve(ModelEndpoints.FormatOf, (e, key) => FileAsync(e, key, HttpMethod.Get, "/content"))
            );
            app.MapDelete($"{root}/files/{{id}}", Serve(ModelEndpoints.FormatOf, (e, key) => FileAsync(e, key, HttpMethod.Delete, "")));

            var response = $"{root}/responses/{{id}}";
            app.MapGet(response, Serve(Responses, (e, key) => ResponseAsync(e, key, HttpMethod.Get, "", Shown)));
            app.MapDelete(response, Serve(Responses, (e, key) => ResponseAsync(e, key, HttpMethod.Delete, "", [])));
            app.MapGet(
                $"{response}/input_items",
                Serve(Responses, (e, key) => ResponseAsync(e, key, HttpMethod.Get, "/input_items", Listed))
            );
            app.MapPost($"{response}/cancel", Serve(Responses, (e, key) => ResponseAsync(e, key, HttpMethod.Post, "/cancel", [])));
        }

        // Azure's clients have no such path of their own.
        foreach (var root in Roots[..2])
        {
            var completion = $"{root}/chat/completions/{{id}}";
            app.MapGet(completion, Serve(Chat, (e, key) => CompletionAsync(e, key, HttpMethod.Get, "", [])));
            app.MapDelete(completion, Serve(Chat, (e, key) => CompletionAsync(e, key, HttpMethod.Delete, "", [])));
            app.MapGet($"{completion}/messages", Serve(Chat, (e, key) => CompletionAsync(e, key, HttpMethod.Get, "/messages", Listed)));
        }

        foreach (var (path, instead) in NotServed)
        {
            var refuse = Serve(ModelEndpoints.FormatOf, (_, _) => Task.FromResult<Refusal?>(new Refusal(404, "not_served", instead)));
            app.Map(path, refuse);
            app.Map($"{path}/{{**rest}}", refuse);
        }

        static WireFormat Responses(HttpContext http) => ProviderCatalog.Responses;

        static WireFormat Chat(HttpContext http) => ProviderCatalog.Chat;
    }

    private RequestDelegate Serve(Func<HttpContext, WireFormat> formatOf, Func<Exchange, VirtualKey, Task<Refusal?>> serve) =>
        async http =>
        {
            var now = clock.GetUtcNow();
            using var exchange = new Exchange(http, formatOf(http), Guid.CreateVersion7(now), now, Stopwatch.GetTimestamp());
            try
            {
                var refusal =
                    authenticator.Authenticate(http.Request) is not { } key ? Refusal.InvalidKey
                    : !key.Subject.IsPlaced ? Refusal.NoMembership
                    : exchange.TakeSubscription(isAllowed: authenticator.AllowsSubscription(key)) ?? await serve(exchange, key);
                if (refusal is not null)
                {
                    await exchange.RefuseAsync(refusal);
                }
            }
            catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
            {
                // The client left.
            }
            catch (LedgerUnavailableException)
            {
                await exchange.RefuseAsync(Refusal.LedgerDown);
            }
            catch (Exception exception)
            {
                LogBug(logger, AttemptId.NameOf(exchange.RequestId), exception);
                await exchange.RefuseAsync(new Refusal(500, "internal_error", "Purser failed on this request; its log says why."));
            }
        };

    /// <summary>Passes a file on, keeps whose it is, and only then says its id.</summary>
    private async Task<Refusal?> UploadAsync(Exchange exchange, VirtualKey key)
    {
        var request = exchange.Http.Request;
        var isAnthropic = exchange.Format == ProviderCatalog.Messages;
        if (exchange.Http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = FileFormContent.LargestForm;
        }

        var (form, refusal) = FileFormContent.Of(request, isAnthropic);
        (var provider, refusal) = form is null ? (null, refusal) : KeeperOfFiles(request, isAnthropic);
        if (form is null || provider is null)
        {
            return refusal;
        }

        if (ForNew(exchange, provider) is not { } credential)
        {
            return Refusal.NoCredential(provider.Options.Name);
        }

        using var call = new ObjectCall(exchange, provider, credential, clock);
        if (await call.SendAsync(HttpMethod.Post, "/files", Query(request, ["beta"]), form) is { } failed)
        {
            return failed;
        }

        // Of an answer that broke off nobody knows the id.
        if (await call.ReadAsync() is not { } answer)
        {
            return form.Refusal ?? call.Broken;
        }

        if (call.Succeeded)
        {
            if (FileLists.Read(answer) is not var (id, expires, payload))
            {
                return call.Broken;
            }

            var file = new OwnedObject(OwnedKind.File, id, provider.Options.Name)
            {
                Credential = credential.Id,
                KeyId = key.Id,
                AccountId = key.AccountId,
                CreatedAt = clock.GetUtcNow(),
                ExpiresAt = expires,
                Payload = payload,
            };
            if (!await objects.KeepAsync(file))
            {
                LogTaken(logger, provider.Options.Name, id);
                return call.Broken;
            }
        }

        await call.RelayAsync(answer);
        return null;
    }

    private async Task<Refusal?> ListAsync(Exchange exchange, VirtualKey key)
    {
        var isAnthropic = exchange.Format == ProviderCatalog.Messages;
        var (page, refusal) = FileLists.Page(exchange.Http.Request.Query, isAnthropic);
        if (page is null)
        {
            return refusal;
        }

        var apis = configured
            .Where(options => providers[options.Name].Api.KeepsFilesOf(exchange.Format.Name))
            .Select(options => options.Name);
        if (objects.List(OwnedKind.File, key.AccountId, page with { Providers = [.. apis] }) is not { } list)
        {
            return ObjectPin.FileNotFound(page.After ?? page.Before ?? "", exchange.Format);
        }

        exchange.Http.Response.ContentType = "application/json";
        exchange.WriteHeaders(null, null, null);
        await exchange.Http.Response.Body.WriteAsync(FileLists.Write(list, isAnthropic), exchange.Http.RequestAborted);
        return null;
    }

    private Task<Refusal?> FileAsync(Exchange exchange, VirtualKey key, HttpMethod method, string below)
    {
        var id = IdOf(exchange);
        var file = objects.Find(OwnedKind.File, id, key.AccountId);
        return file is null || !IsPlain(id) || !IsOfFormat(file, exchange.Format)
            ? Task.FromResult<Refusal?>(ObjectPin.FileNotFound(id, exchange.Format))
            : PassOnAsync(exchange, file, method, $"/files/{Uri.EscapeDataString(id)}{below}", ["beta"]);
    }

    private Task<Refusal?> ResponseAsync(Exchange exchange, VirtualKey key, HttpMethod method, string below, string[] parameters)
    {
        var id = IdOf(exchange);
        var response = objects.Find(OwnedKind.Response, id, key.AccountId);
        return response is null || !IsPlain(id)
            ? Task.FromResult<Refusal?>(new Refusal(404, "response_not_found", $"Response with id '{id}' not found."))
            : PassOnAsync(exchange, response, method, $"/responses/{Uri.EscapeDataString(id)}{below}", parameters);
    }

    private Task<Refusal?> CompletionAsync(Exchange exchange, VirtualKey key, HttpMethod method, string below, string[] parameters)
    {
        var id = IdOf(exchange);
        var completion = objects.Find(OwnedKind.ChatCompletion, id, key.AccountId);
        return completion is null || !IsPlain(id)
            ? Task.FromResult<Refusal?>(new Refusal(404, "completion_not_found", $"Chat completion with id '{id}' not found."))
            : PassOnAsync(exchange, completion, method, $"/chat/completions/{Uri.EscapeDataString(id)}{below}", parameters);
    }

    /// <summary>Asks the provider that has it, with the credential that made it. What the provider doesn't have any more is forgotten here too.</summary>
    private async Task<Refusal?> PassOnAsync(Exchange exchange, OwnedObject about, HttpMethod method, string path, string[] parameters)
    {
        var pin = new ObjectPin(about.Provider, about.Credential, $"{about.Kind} '{about.Id}'");
        if (!providers.TryGetValue(about.Provider, out var provider) || provider.Pinned(exchange, pin) is not { } credential)
        {
            return pin.Gone;
        }

        using var call = new ObjectCall(exchange, provider, credential, clock);
        if (await call.SendAsync(method, path, Query(exchange.Http.Request, parameters)) is { } failed)
        {
            return failed;
        }

        if (
            path.EndsWith(about.Id, StringComparison.Ordinal)
            && (call.Status == StatusCodes.Status404NotFound || (call.Succeeded && method == HttpMethod.Delete))
        )
        {
            await objects.RemoveAsync(about);
        }

        await call.RelayAsync();
        return null;
    }

    /// <summary>The provider that a new file goes to: the one that the client names, else the first that keeps files in its format.</summary>
    private (Provider? Provider, Refusal? Refusal) KeeperOfFiles(HttpRequest request, bool isAnthropic)
    {
        var format = isAnthropic ? ProviderCatalog.Messages.Name : ProviderCatalog.Chat.Name;
        var named = request.Headers[ProviderHeader].ToString();
        var found = configured.FirstOrDefault(options =>
            providers[options.Name].Api.KeepsFilesOf(format) && (named.Length == 0 || options.Name == named)
        );
        return found is not null
            ? (providers[found.Name], null)
            : (
                null,
                Refusal.BadRequest(
                    "no_file_provider",
                    named.Length == 0
                        ? "None of this gateway's providers keeps files of this format."
                        : $"'{ProviderHeader}' names no provider of this gateway that keeps files of this format."
                )
            );
    }

    /// <summary>The credential that a new thing is made with, and lives under from then on: the caller's own, or one drawn by weight.</summary>
    private static UpstreamCredential? ForNew(Exchange exchange, Provider provider) =>
        exchange.Subscription?.For(provider) ?? provider.Credentials.Pick(static _ => false, Random.Shared.NextDouble);

    /// <summary>Whether a file is one that clients of a format know what to do with; of a provider that isn't there any more, nobody knows.</summary>
    private bool IsOfFormat(OwnedObject file, WireFormat format) =>
        !providers.TryGetValue(file.Provider, out var provider) || provider.Api.KeepsFilesOf(format.Name);

    private static string IdOf(Exchange exchange) => exchange.Http.GetRouteValue("id") as string ?? "";

    /// <summary>Whether an id is one that can stand in a path, whatever reads it: a provider that gives others isn't asked for them.</summary>
    private static bool IsPlain(string id) => id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    private static string Query(HttpRequest request, string[] parameters)
    {
        var query = new QueryBuilder();
        foreach (var name in parameters)
        {
            foreach (var value in request.Query[name])
            {
                query.Add(name, value ?? "");
            }
        }

        return query.ToString();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Request {RequestId} failed in the gateway itself")]
    private static partial void LogBug(ILogger logger, string requestId, Exception exception);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The provider {Provider} gave the id {Id} to two files; the second isn't shown to anyone"
    )]
    private static partial void LogTaken(ILogger logger, string provider, string id);
}

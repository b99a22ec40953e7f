using System.Collections.Frozen;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Purser.Providers;
using Purser.Providers.Bedrock;

namespace Purser.Gateway.Pipeline;

/// <summary>The lists of Bedrock's control plane, which its clients ask to see what they may call.</summary>
/// <param name="models">The models.</param>
/// <param name="authenticator">Knows the keys.</param>
/// <param name="regions">The region of each provider that is in one, by its name.</param>
internal sealed class BedrockEndpoints(ModelEndpoints models, Authenticator authenticator, FrozenDictionary<string, string> regions)
{
    private const string AwsOwn = "SYSTEM_DEFINED";

    private static Refusal NoProfile { get; } = new(404, Refusal.NotFound, "No provider here has such a profile.");

    private static Refusal CannotCount { get; } =
        Refusal.BadRequest(
            RequestFaults.Unsupported,
            "This gateway doesn't serve count-tokens of Bedrock. What a request took is in its answer."
        );

    public void Map(WebApplication app)
    {
        // The estimate that the gateway has of its own isn't the count that this promises.
        app.MapPost("/model/{model}/count-tokens", (RequestDelegate)(http => AnswerAsync(http, _ => null, CannotCount)));
        app.MapGet("/foundation-models", (RequestDelegate)(http => AnswerAsync(http, _ => BedrockLists.Models(Listed, Region))));
        app.MapGet(
            "/inference-profiles",
            (RequestDelegate)(http => AnswerAsync(http, asked => BedrockLists.Profiles(IsAwsOwn(asked) ? Listed : [], Region)))
        );
        app.MapGet("/inference-profiles/{**id}", (RequestDelegate)(http => AnswerAsync(http, Profile)));
    }

    private List<ListedModel> Listed => [.. models.ListedFor(ProviderCatalog.Converse).Where(model => regions.ContainsKey(model.OwnedBy))];

    private string Region => regions.Count > 0 ? regions.Values[0] : BedrockLists.AnyRegion;

    // Applications' own are the operator's matter: they are 'deployments' here.
    private static bool IsAwsOwn(HttpRequest request) => (string?)request.Query["type"] is null or AwsOwn;

    private byte[]? Profile(HttpRequest request)
    {
        var id = BedrockLists.IdIn(request.RouteValues["id"] as string ?? "");
        return Listed.FirstOrDefault(model => model.Id == id) is { Id: not null } found && BedrockLists.IsProfile(id)
            ? ModelEndpoints.Entry(BedrockLists.Profiles([found], Region))
            : null;
    }

    private Task AnswerAsync(HttpContext http, Func<HttpRequest, byte[]?> answer, Refusal? without = null) =>
        authenticator.Authenticate(http.Request) is null ? models.RefuseAsync(http, ProviderCatalog.Converse, Refusal.InvalidKey)
        : answer(http.Request) is { } body ? ModelEndpoints.SendAsync(http, body)
        : models.RefuseAsync(http, ProviderCatalog.Converse, without ?? NoProfile);
}

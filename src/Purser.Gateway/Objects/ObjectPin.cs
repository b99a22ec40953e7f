using Microsoft.AspNetCore.Http;
using Purser.Core.Routing;
using Purser.Gateway.Pipeline;
using Purser.Providers;

namespace Purser.Gateway.Objects;

/// <summary>Where a request has to go, because something that it names lives there and nowhere else.</summary>
/// <param name="Provider">The name of the provider.</param>
/// <param name="Credential">The id of the credential that it lives under.</param>
/// <param name="What">What it is, for people.</param>
internal sealed record ObjectPin(string Provider, string Credential, string What)
{
    private const int LongestShown = 128;

    // Each is looked up on its own.
    private const int Most = 1000;

    /// <summary>
    /// Where what a request names lives; null where it names nothing. What isn't its account's own is refused as the vendor refuses what it doesn't know, and
    /// so is what this gateway can't tell the owner of.
    /// </summary>
    /// <param name="objects">Who owns what.</param>
    /// <param name="facts">What the request says.</param>
    /// <param name="accountId">The account of its key.</param>
    /// <param name="format">The client's format.</param>
    public static (ObjectPin? Pin, Refusal? Refusal) Of(OwnedObjects objects, RequestFacts facts, string accountId, WireFormat format)
    {
        if (facts.References.Count == 0)
        {
            return (null, null);
        }

        if (facts.References.Count > Most)
        {
            return (
                null,
                Refusal.BadRequest("too_many_references", $"A request can name {Most} files and items of earlier answers at most.")
            );
        }

        var pin = default(ObjectPin);
        foreach (var reference in facts.References)
        {
            if (KindOf(reference.Kind) is not { } kind || objects.Find(kind, reference.Id, accountId) is not { } found)
            {
                return (null, Unknown(reference, format));
            }

            var place = new ObjectPin(found.Provider, found.Credential, $"{kind} '{found.Id}'");
            if (pin is not null && (pin.Provider, pin.Credential) != (place.Provider, place.Credential))
            {
                return (null, Apart(pin, place));
            }

            pin ??= place;
        }

        return (pin, null);
    }

    /// <summary>The candidates of a route that are where the request has to go, or why there are none.</summary>
    public (RouteDecision? Route, Refusal? Refusal) Narrow(RouteDecision route)
    {
        var here = route.Candidates.Where(candidate => candidate.Model.Provider == Provider).ToList();
        return here.Count > 0 ? (route with { Candidates = here }, null) : (null, Elsewhere);
    }

    /// <summary>The refusal where a model isn't at the provider that it has to be at.</summary>
    public Refusal Elsewhere =>
        Refusal.BadRequest(
            "object_elsewhere",
            $"{What} lives at the provider '{Provider}', which doesn't serve the model that is asked for. Ask for one of its models, or send the content itself."
        );

    /// <summary>The refusal where the credential isn't there any more.</summary>
    public Refusal Gone =>
        new(
            StatusCodes.Status503ServiceUnavailable,
            Refusal.WithoutCredential,
            $"{What} was made with the credential '{Credential}' of the provider '{Provider}', which the gateway can't use at present. "
                + "Ask the operator to enable it, or make the object anew."
        );

    /// <summary>The refusal where there is no credential to call a provider with.</summary>
    /// <param name="provider">The provider that was to be called.</param>
    public Refusal Missing(string provider) => provider == Provider ? Gone : Elsewhere;

    /// <summary>The refusal of something that isn't the caller's own, in the words of who has such things.</summary>
    public static Refusal Unknown(ObjectReference reference, WireFormat format)
    {
        var id = reference.Id.Length <= LongestShown ? reference.Id : reference.Id[..LongestShown] + "…";
        return reference.Kind switch
        {
            ReferenceKind.Response => new Refusal(400, "previous_response_not_found", $"Previous response with id '{id}' not found."),
            ReferenceKind.Conversation => new Refusal(404, "conversation_not_found", $"Conversation with id '{id}' not found."),
            ReferenceKind.Item => new Refusal(
                404,
                "item_not_found",
                $"Item with id '{id}' not found. Items are kept with responses that were stored; else send them whole."
            ),
            ReferenceKind.Sound => Refusal.BadRequest(
                "reference_not_served",
                "An earlier answer's sound can't be named by its id here, for it may be somebody else's. Send its transcript as text."
            ),
            ReferenceKind.Container => Refusal.BadRequest(
                "reference_not_served",
                "A container of an earlier request can't be used again here, for it may be somebody else's. Leave 'container' out."
            ),
            ReferenceKind.CachedContent => Refusal.BadRequest(
                "reference_not_served",
                "Content that is cached under a name can't be used here, for it may be somebody else's. Send it in the request: it's cached by itself."
            ),
            _ => FileNotFound(id, format),
        };
    }

    /// <summary>The refusal of a file that isn't the caller's own.</summary>
    public static Refusal FileNotFound(string id, WireFormat format) =>
        new(404, "file_not_found", format == ProviderCatalog.Messages ? $"File not found: {id}" : $"No such File object: {id}");

    private static Refusal Apart(ObjectPin one, ObjectPin other) =>
        Refusal.BadRequest(
            "objects_apart",
            $"{one.What} and {other.What} live at different providers, or under different credentials, so no request can use both. Upload the one again where the other is."
        );

    private static OwnedKind? KindOf(ReferenceKind kind) =>
        kind switch
        {
            ReferenceKind.File => OwnedKind.File,
            ReferenceKind.Response => OwnedKind.Response,
            ReferenceKind.Conversation => OwnedKind.Conversation,
            ReferenceKind.Item => OwnedKind.Item,
            _ => null,
        };
}

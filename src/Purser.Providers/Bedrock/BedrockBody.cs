using System.Text.Json;

namespace Purser.Providers.Bedrock;

/// <summary>What bodies for Bedrock have in common: limits within an object, and what costs beside the model.</summary>
internal static class BedrockBody
{
    private const string Guardrail = "x-amzn-bedrock-guardrailidentifier";
    private const string Latency = "x-amzn-bedrock-performanceconfig-latency";
    private const string Tier = "x-amzn-bedrock-service-tier";

    /// <summary>Why a guardrail can't go on: left out it would guard nothing, and passed on it would cost what nobody counts.</summary>
    public static RequestFault GuardrailFault { get; } =
        new(
            RequestFaults.Unsupported,
            "A guardrail is billed by the text that it reads, which neither the price book nor the answer has. Attach it to the model's inference "
                + "profile at AWS, or leave it out.",
            "guardrailConfig"
        );

    /// <summary>Reads an object that has the limit of output tokens in it, and perhaps other members.</summary>
    /// <param name="scan">On the object.</param>
    /// <param name="name">The object's name.</param>
    /// <param name="limits">The limit's names; the first is the usual one.</param>
    public static bool ReadLimits(ref RequestScan scan, string name, params ReadOnlySpan<string> limits)
    {
        if (scan.IsNull)
        {
            scan.Facts.LimitPlace = new LimitPlace(scan.TokenSlice(), "{", "}");
            return true;
        }
        if (scan.Token != JsonTokenType.StartObject)
        {
            return scan.Refuse(RequestFaults.InvalidMember, $"'{name}' must be an object.", name);
        }
        var begin = scan.TokenSlice();
        var place = new JsonSlice(begin.Offset + begin.Length, 0);
        scan.Facts.LimitPlace = new LimitPlace(place, "", "");
        while (scan.NextMember(out var member))
        {
            scan.Facts.LimitPlace = new LimitPlace(place, "", ",");
            if (!(limits.Contains(member) ? scan.ReadOutputLimit(member) : scan.Walk(WalkRules.None)))
            {
                return false;
            }
        }
        return scan.Fault is null;
    }

    /// <summary>Reads one choice within an object: <c>"serviceTier":{"type":"flex"}</c>.</summary>
    public static bool ReadTerm(ref RequestScan scan, string name, string member, out string? term)
    {
        term = null;
        if (scan.IsNull)
        {
            return true;
        }
        if (scan.Token != JsonTokenType.StartObject)
        {
            return scan.Refuse(RequestFaults.InvalidMember, $"'{name}' must be an object.", name);
        }
        while (scan.NextMember(out var found))
        {
            if (!(found == member ? scan.ReadChoice(name, out term) : scan.Walk(WalkRules.None)))
            {
                return false;
            }
        }
        return scan.Fault is null;
    }

    /// <summary>Reads what a client of InvokeModel says in headers, which Converse has in the body.</summary>
    public static UnderstandResult WithHeaders(UnderstandResult result, in RequestTarget target)
    {
        if (result.Facts is not { } facts || target.Header is not { } header)
        {
            return result;
        }
        if (header(Guardrail) is { Length: > 0 })
        {
            return new UnderstandResult(null, GuardrailFault);
        }
        facts.Speed = header(Latency) is { Length: > 0 } latency ? latency : facts.Speed;
        facts.ServiceTier = header(Tier) is { Length: > 0 } tier ? tier : facts.ServiceTier;
        return result;
    }

    /// <summary>Whether a request may go to a region; an ARN names one, and what it's of isn't anywhere else.</summary>
    public static RequestFault? RegionFault(RequestFacts facts, in Destination destination) =>
        facts.Region is { } asked && destination.Region is { } region && asked != region
            ? new RequestFault(
                RequestFaults.Unsupported,
                $"The ARN in the path is of the region {asked}, and this gateway's provider is in {region}. Name the model by its id to have it served there."
            )
            : null;
}

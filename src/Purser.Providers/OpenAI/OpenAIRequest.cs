using System.Text.Json;
using Purser.Core.Pricing;

namespace Purser.Providers.OpenAI;

/// <summary>What Purser reads in a body of <c>POST /v1/chat/completions</c>.</summary>
internal static class OpenAIRequest
{
    private const int Model = 0;
    private const int Stream = 1;
    private const int StreamOptions = 2;
    private const int MaxTokens = 3;
    private const int MaxCompletionTokens = 4;
    private const int Choices = 5;
    private const int ServiceTier = 6;
    private const int User = 7;
    private const int SafetyIdentifier = 8;
    private const int Metadata = 9;
    private const int Messages = 10;
    private const int Tools = 11;
    private const int Functions = 12;
    private const int WebSearchOptions = 13;
    private const int Plugins = 14;
    private const int SearchParameters = 15;
    private const int Models = 16;
    private const int Modalities = 17;
    private const int Audio = 18;
    private const int Prediction = 19;
    private const int PromptCacheOptions = 20;
    private const int PreviousResponseId = 21;
    private const int ResponseFormat = 22;
    private const int Store = 23;
    private const int DataSources = 24;

    private const int MaxMetadataPairs = 16;
    private const int MaxLabelLength = 256;
    private const int MaxMetadataLength = 512;

    private static readonly TopLevelMembers Members = new(
        "model",
        "stream",
        "stream_options",
        "max_tokens",
        "max_completion_tokens",
        "n",
        "service_tier",
        "user",
        "safety_identifier",
        "metadata",
        "messages",
        "tools",
        "functions",
        "web_search_options",
        "plugins",
        "search_parameters",
        "models",
        "modalities",
        "audio",
        "prediction",
        "prompt_cache_options",
        "previous_response_id",
        "response_format",
        "store",
        "data_sources|dataSources"
    );

    private static readonly byte[] WholeOptions = "\"stream_options\":{\"include_usage\":true}"u8.ToArray();
    private static readonly byte[] OptionsValue = "{\"include_usage\":true}"u8.ToArray();
    private static readonly byte[] FirstOption = "\"include_usage\":true,"u8.ToArray();
    private static readonly byte[] OnlyOption = "\"include_usage\":true"u8.ToArray();
    private static readonly byte[] True = "true"u8.ToArray();

    /// <summary>Reads a whole body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="pathModel">The model in the path; null where it's in the body.</param>
    public static UnderstandResult Read(ReadOnlySpan<byte> body, string? pathModel = null)
    {
        var result = RequestScan.Read(body, Members, ReadMember, pathModel);
        if (result.Facts is { } facts)
        {
            Finish(facts);
        }
        return result;
    }

    private static void Finish(RequestFacts facts)
    {
        // Models with a rate for cache writes write on their own, unless told otherwise.
        var writesNothing = facts.CachesExplicitly && !facts.SawCacheBreakpoint;
        facts.CacheWrites = writesNothing ? CacheWriteHint.None : CacheWriteHint.Automatic;
        facts.SessionId = facts.Metadata?.GetValueOrDefault("session_id");
        if (!facts.Stream)
        {
            facts.UsageEditText = null;
            facts.ClientAskedForUsage = false;
        }
        else if (!facts.ClientAskedForUsage && facts.UsageEditText is null)
        {
            facts.UsageEdit = new JsonSlice(facts.BodyEnd, 0);
            facts.UsageEditText = [(byte)',', .. WholeOptions];
        }
    }

    private static bool ReadMember(ref RequestScan scan, int member) =>
        member switch
        {
            Model => scan.ReadModel(),
            Stream => ReadStream(ref scan),
            StreamOptions => ReadStreamOptions(ref scan),
            MaxTokens or MaxCompletionTokens => ReadLimit(ref scan, member),
            Choices => ReadChoices(ref scan),
            ServiceTier => ReadServiceTier(ref scan),
            User or SafetyIdentifier => ReadUser(ref scan, isUser: member == User),
            Metadata => ReadMetadata(ref scan),
            Messages => scan.Walk(WalkRules.OpenAIMessages),
            _ => ReadTraits(ref scan, member),
        };

    private static bool ReadLimit(ref RequestScan scan, int member)
    {
        var value = scan.TokenSlice();
        var whole = new JsonSlice(scan.Name.Offset, value.Offset + value.Length - scan.Name.Offset);
        if (member == MaxTokens)
        {
            scan.Facts.MaxTokens = whole;
            return scan.ReadOutputLimit("max_tokens");
        }
        (scan.Facts.MaxCompletionTokens, scan.Facts.MaxCompletionTokensName) = (whole, scan.Name);
        return scan.ReadOutputLimit("max_completion_tokens");
    }

    private static bool ReadTraits(ref RequestScan scan, int member)
    {
        var facts = scan.Facts;
        var isThere = !scan.IsNull;
        switch (member)
        {
            case Tools:
                facts.HasTools |= isThere;
                return scan.Walk(WalkRules.OpenAITools);
            case Functions:
                facts.HasTools |= isThere;
                break;
            case WebSearchOptions when isThere:
                facts.HasWebSearch = true;
                facts.HostedToolCalls += RequestScan.DefaultHostedCalls;
                facts.SearchOptionCalls = RequestScan.DefaultHostedCalls;
                return SearchOptions.Read(ref scan);
            case Plugins or SearchParameters when isThere:
                facts.HasWebSearch = true;
                facts.HostedToolCalls += RequestScan.DefaultHostedCalls;
                break;
            case Models:
                return ReadModels(ref scan);
            case Modalities:
                return ReadModalities(ref scan);
            case Audio:
                facts.AudioOutput |= isThere;
                break;
            case Prediction:
                return ReadPrediction(ref scan);
            case PromptCacheOptions:
                return ReadCacheOptions(ref scan);
            case PreviousResponseId when isThere:
                facts.UnboundedInput = true;
                facts.AddReference(ReferenceKind.Response, scan.ReferenceId());
                break;
            case DataSources when isThere:
                return scan.Refuse(
                    RequestFaults.Unsupported,
                    "What is found in 'data_sources' isn't in the request, so it can't be priced, and is the organization's own. Send its text instead.",
                    "data_sources"
                );
            case Store:
                facts.IsStored = scan.Token == JsonTokenType.True;
                break;
            case ResponseFormat:
                return ReadResponseFormat(ref scan);
            default:
                break;
        }
        return scan.Walk(WalkRules.None);
    }

    /// <summary>Reads <c>stream</c>.</summary>
    internal static bool ReadStream(ref RequestScan scan)
    {
        var isValid = scan.ReadBoolean("stream", out var stream);
        scan.Facts.Stream = stream;
        return isValid;
    }

    // The place where include_usage can be turned on by the smallest change is noted; whether it's needed is known at the end.
    private static bool ReadStreamOptions(ref RequestScan scan)
    {
        const string name = "stream_options.include_usage";
        var facts = scan.Facts;
        if (scan.IsNull)
        {
            (facts.UsageEdit, facts.UsageEditText) = (scan.TokenSlice(), OptionsValue);
            facts.StreamOptions = scan.TokenSlice();
            return true;
        }
        if (scan.Token != JsonTokenType.StartObject)
        {
            return scan.Refuse(RequestFaults.InvalidMember, "'stream_options' must be an object.", "stream_options");
        }
        var opening = scan.TokenSlice();
        var isEmpty = true;
        var isThere = false;
        while (scan.NextMember(out var option))
        {
            isEmpty = false;
            if (option == "include_usage")
            {
                if (isThere)
                {
                    return scan.Refuse(RequestFaults.DuplicateMember, $"The member '{name}' is there more than once.", name);
                }
                isThere = true;
                if (!scan.ReadBoolean(name, out var asked))
                {
                    return false;
                }
                facts.ClientAskedForUsage = asked;
                (facts.UsageEdit, facts.UsageEditText) = (scan.TokenSlice(), asked ? null : True);
            }
            else if (option.Equals("include_usage", StringComparison.OrdinalIgnoreCase))
            {
                return scan.Refuse(RequestFaults.AmbiguousMember, $"A member differs from '{name}' in upper and lower case alone.", name);
            }
            else if (!scan.Walk(WalkRules.None))
            {
                return false;
            }
        }
        if (!isThere)
        {
            facts.UsageEdit = new JsonSlice(opening.Offset + 1, 0);
            facts.UsageEditText = isEmpty ? OnlyOption : FirstOption;
        }
        var end = scan.TokenSlice();
        facts.StreamOptions = new JsonSlice(opening.Offset, end.Offset + end.Length - opening.Offset);
        return scan.Fault is null;
    }

    private static bool ReadChoices(ref RequestScan scan)
    {
        var isValid = scan.ReadPositive("n", 128, out var choices);
        scan.Facts.Choices = choices ?? 1;
        return isValid;
    }

    /// <summary>Reads <c>service_tier</c>.</summary>
    internal static bool ReadServiceTier(ref RequestScan scan)
    {
        var isValid = scan.ReadChoice("service_tier", out var tier);
        scan.Facts.ServiceTier = tier;
        return isValid;
    }

    /// <summary>Reads <c>user</c>, which goes before <c>safety_identifier</c>, or the latter.</summary>
    internal static bool ReadUser(ref RequestScan scan, bool isUser)
    {
        var isValid = scan.ReadLabel(MaxLabelLength, out var user);
        scan.Facts.EndUser = isUser ? user ?? scan.Facts.EndUser : scan.Facts.EndUser ?? user;
        return isValid;
    }

    /// <summary>Reads the pairs of <c>metadata</c>.</summary>
    internal static bool ReadMetadata(ref RequestScan scan)
    {
        if (scan.Token != JsonTokenType.StartObject)
        {
            return scan.Walk(WalkRules.None);
        }
        Dictionary<string, string>? pairs = null;
        while (scan.NextMember(out var name))
        {
            if (!scan.ReadLabel(MaxMetadataLength, out var value))
            {
                return false;
            }
            var key = JsonReading.Clean(name, MaxLabelLength);
            var hasRoom = pairs is null || pairs.Count < MaxMetadataPairs;
            if (key is not null && value is not null && (hasRoom || pairs!.ContainsKey(key)))
            {
                (pairs ??= [])[key] = value;
            }
        }
        scan.Facts.Metadata = pairs;
        return scan.Fault is null;
    }

    /// <summary>Reads <c>prompt_cache_options</c>.</summary>
    internal static bool ReadCacheOptions(ref RequestScan scan)
    {
        if (scan.Token != JsonTokenType.StartObject)
        {
            return scan.Walk(WalkRules.None);
        }
        while (scan.NextMember(out var name))
        {
            if (name == "mode" && scan.Token == JsonTokenType.String)
            {
                if (!scan.ReadLabel(MaxLabelLength, out var mode))
                {
                    return false;
                }
                scan.Facts.CachesExplicitly = mode == "explicit";
            }
            else if (!scan.Walk(WalkRules.None))
            {
                return false;
            }
        }
        return scan.Fault is null;
    }

    /// <summary>Reads what the format of the text must be: <c>{"type":"json_schema",…}</c>.</summary>
    internal static bool ReadResponseFormat(ref RequestScan scan)
    {
        if (scan.Token != JsonTokenType.StartObject)
        {
            return scan.Walk(WalkRules.None);
        }
        while (scan.NextMember(out var name))
        {
            if (name == "type" && scan.Token == JsonTokenType.String)
            {
                if (!scan.ReadLabel(MaxLabelLength, out var type))
                {
                    return false;
                }
                scan.Facts.TextIsJson |= type != "text";
            }
            else if (!scan.Walk(WalkRules.None))
            {
                return false;
            }
        }
        return scan.Fault is null;
    }

    private static bool ReadModels(ref RequestScan scan)
    {
        if (scan.Token != JsonTokenType.StartArray)
        {
            return scan.Walk(WalkRules.None);
        }
        while (scan.NextElement())
        {
            if (!scan.ReadLabel(MaxLabelLength, out var model))
            {
                return false;
            }
            if (model is not null)
            {
                scan.Facts.AddOtherModel(model);
            }
        }
        return scan.Fault is null;
    }

    private static bool ReadModalities(ref RequestScan scan)
    {
        if (scan.Token != JsonTokenType.StartArray)
        {
            return scan.Walk(WalkRules.None);
        }
        while (scan.NextElement())
        {
            if (!scan.ReadLabel(MaxLabelLength, out var modality))
            {
                return false;
            }
            scan.Facts.AudioOutput |= modality == "audio";
            scan.Facts.ImageOutput |= modality == "image";
        }
        return scan.Fault is null;
    }

    private static bool ReadPrediction(ref RequestScan scan)
    {
        if (scan.IsNull)
        {
            return true;
        }
        var start = scan.TokenSlice().Offset;
        var isValid = scan.Walk(WalkRules.OpenAIMessages);
        var end = scan.TokenSlice();
        scan.Facts.PredictionBytes = end.Offset + end.Length - start;
        return isValid;
    }
}

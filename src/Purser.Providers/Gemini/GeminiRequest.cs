using System.Text.Json;

namespace Purser.Providers.Gemini;

/// <summary>
/// What Purser reads in a body of <c>generateContent</c> and <c>streamGenerateContent</c>. Google takes each name in camel and in snake case; a
/// body with both is refused, since which of them counts isn't documented.
/// </summary>
internal static class GeminiRequest
{
    private const int Model = 0;
    private const int Contents = 1;
    private const int SystemInstruction = 2;
    private const int Tools = 3;
    private const int GenerationConfig = 4;
    private const int CachedContent = 5;
    private const int ServiceTier = 6;
    private const int WholeRequest = 7;

    private const long MostCandidates = 128;
    private const string TierPrefix = "service_tier_";

    private static readonly TopLevelMembers Members = new(
        "model",
        "contents",
        "systemInstruction|system_instruction",
        "tools",
        "generationConfig|generation_config",
        "cachedContent|cached_content",
        "serviceTier|service_tier",
        "generateContentRequest|generate_content_request"
    );

    /// <summary>Reads a whole body.</summary>
    public static UnderstandResult Read(ReadOnlySpan<byte> body, in RequestTarget target)
    {
        if (target.Model is null)
        {
            return new UnderstandResult(null, new RequestFault(RequestFaults.ModelMissing, "The path names no model.", "model"));
        }
        var result = RequestScan.Read(body, Members, ReadMember, NameIn(target.Model));
        if (result.Facts is { } facts)
        {
            facts.Stream = target.Stream == true;
            // Usage is part of every stream of this format.
            facts.ClientAskedForUsage = facts.Stream;
            facts.StreamIsArray = facts.Stream && !AsksForEvents(target.Query);
            facts.LimitPlace ??= new LimitPlace(new JsonSlice(facts.BodyEnd, 0), ",\"generationConfig\":{", "}");
        }
        return result;
    }

    /// <summary>A model in a path, which may be that of a provider: <c>vertex%2Fgemini-2.5-pro</c>. Nothing else is left escaped there.</summary>
    public static string NameIn(string path) => path.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    private static bool AsksForEvents(string? query)
    {
        foreach (var parameter in (query ?? "").TrimStart('?').Split('&'))
        {
            var equals = parameter.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && Uri.UnescapeDataString(parameter[..equals]) is "alt" or "$alt")
            {
                return string.Equals(Uri.UnescapeDataString(parameter[(equals + 1)..]), "sse", StringComparison.OrdinalIgnoreCase);
            }
        }
        return false;
    }

    private static bool ReadMember(ref RequestScan scan, int member)
    {
        var facts = scan.Facts;
        switch (member)
        {
            case Model:
                return ReadRepeatedModel(ref scan);
            case Contents or SystemInstruction:
                return scan.WalkGeminiContents();
            case Tools:
                return ReadTools(ref scan);
            case GenerationConfig:
                return ReadGenerationConfig(ref scan);
            case CachedContent:
                return ReadCachedContent(ref scan);
            case WholeRequest:
                return ReadWholeRequest(ref scan);
            case ServiceTier:
                return ReadServiceTier(ref scan);
            default:
                return scan.Walk(WalkRules.None);
        }
    }

    private static bool ReadCachedContent(ref RequestScan scan)
    {
        // What it holds is at the provider.
        if (!scan.IsNull)
        {
            scan.Facts.UnboundedInput = true;
            scan.Facts.AddReference(ReferenceKind.CachedContent, scan.ReferenceId());
        }
        return scan.Walk(WalkRules.None);
    }

    /// <summary>A request within one, whose tokens shall be counted: what it names is looked for as in any.</summary>
    private static bool ReadWholeRequest(ref RequestScan scan)
    {
        if (scan.Token != JsonTokenType.StartObject)
        {
            return scan.Walk(WalkRules.None);
        }
        while (scan.NextMember(out var name))
        {
            var isValid = name switch
            {
                "contents" or "systemInstruction" or "system_instruction" => scan.WalkGeminiContents(),
                "cachedContent" or "cached_content" => ReadCachedContent(ref scan),
                _ => scan.Walk(WalkRules.None),
            };
            if (!isValid)
            {
                return false;
            }
        }
        return scan.Fault is null;
    }

    /// <summary>Notes where a body repeats the model of its path.</summary>
    public static bool ReadRepeatedModel(ref RequestScan scan)
    {
        if (scan.Token == JsonTokenType.String)
        {
            (scan.Facts.ModelTokens ??= []).Add(scan.TokenSlice());
        }
        return scan.Walk(WalkRules.None);
    }

    private static bool ReadServiceTier(ref RequestScan scan)
    {
        if (!scan.ReadChoice("serviceTier", out var tier))
        {
            return false;
        }
        tier = tier?.ToLowerInvariant();
        tier = tier?.StartsWith(TierPrefix, StringComparison.Ordinal) == true ? tier[TierPrefix.Length..] : tier;
        scan.Facts.ServiceTier = tier is "unspecified" ? null : tier;
        return true;
    }

    // Google takes one tool that is in no list for a list of one.
    private static bool ReadTools(ref RequestScan scan)
    {
        if (scan.Token == JsonTokenType.StartObject)
        {
            return ReadTool(ref scan);
        }
        if (scan.Token != JsonTokenType.StartArray)
        {
            return scan.Walk(WalkRules.None);
        }
        while (scan.NextElement())
        {
            if (!(scan.Token == JsonTokenType.StartObject ? ReadTool(ref scan) : scan.Walk(WalkRules.None)))
            {
                return false;
            }
        }
        return true;
    }

    private static bool ReadTool(ref RequestScan scan)
    {
        while (scan.NextMember(out var name))
        {
            if (!scan.IsNull && !NoteTool(ref scan, name))
            {
                return false;
            }
            if (!scan.Walk(WalkRules.None))
            {
                return false;
            }
        }
        return scan.Fault is null;
    }

    private static bool NoteTool(ref RequestScan scan, string name)
    {
        var facts = scan.Facts;
        facts.HasTools = true;
        switch (name)
        {
            case "functionDeclarations" or "function_declarations" or "computerUse" or "computer_use":
                return true;
            case "googleSearch" or "google_search" or "googleSearchRetrieval" or "google_search_retrieval":
                facts.HasWebSearch = true;
                break;
            case "codeExecution" or "code_execution":
                break;
            case "urlContext" or "url_context":
                facts.UnboundedInput = true;
                break;
            default:
                return scan.Refuse(
                    RequestFaults.Unsupported,
                    "This gateway can't say beforehand what one of the request's tools may cost. It knows functionDeclarations, computerUse, "
                        + "googleSearch, codeExecution and urlContext.",
                    "tools"
                );
        }
        facts.HostedToolCalls += RequestScan.DefaultHostedCalls;
        return true;
    }

    private static bool ReadGenerationConfig(ref RequestScan scan)
    {
        if (scan.IsNull)
        {
            scan.Facts.LimitPlace = new LimitPlace(scan.TokenSlice(), "{", "}");
            return true;
        }
        if (scan.Token != JsonTokenType.StartObject)
        {
            return scan.Refuse(RequestFaults.InvalidMember, "'generationConfig' must be an object.", "generationConfig");
        }
        var begin = scan.TokenSlice();
        var place = new JsonSlice(begin.Offset + begin.Length, 0);
        scan.Facts.LimitPlace = new LimitPlace(place, "", "");
        while (scan.NextMember(out var name))
        {
            scan.Facts.LimitPlace = new LimitPlace(place, "", ",");
            if (!ReadSetting(ref scan, name))
            {
                return false;
            }
        }
        return scan.Fault is null;
    }

    private static bool ReadSetting(ref RequestScan scan, string name)
    {
        var facts = scan.Facts;
        switch (name)
        {
            case "maxOutputTokens" or "max_output_tokens":
                return scan.ReadOutputLimit(name);
            case "candidateCount" or "candidate_count":
                var isValid = scan.ReadPositive(name, MostCandidates, out var count);
                facts.Choices = Math.Max(facts.Choices, count ?? 1);
                return isValid;
            case "responseMimeType" or "response_mime_type":
                var isText = scan.ReadChoice(name, out var type);
                facts.TextIsJson |= type is not (null or "text/plain");
                return isText;
            case "responseModalities" or "response_modalities":
                return ReadModalities(ref scan);
            case "speechConfig" or "speech_config":
                facts.AudioOutput |= !scan.IsNull;
                return scan.Walk(WalkRules.None);
            default:
                facts.TextIsJson |= !scan.IsNull && name.EndsWith("chema", StringComparison.Ordinal);
                return scan.Walk(WalkRules.None);
        }
    }

    private static bool ReadModalities(ref RequestScan scan)
    {
        if (scan.Token != JsonTokenType.StartArray)
        {
            return ReadModality(ref scan);
        }
        while (scan.NextElement())
        {
            if (!ReadModality(ref scan))
            {
                return false;
            }
        }
        return true;
    }

    // Numbers stand for the names in Google's JSON; they and what isn't known may be anything.
    private static bool ReadModality(ref RequestScan scan)
    {
        if (scan.IsNull)
        {
            return true;
        }
        if (!scan.ReadChoice("responseModalities", out var modality))
        {
            return false;
        }
        scan.Facts.AudioOutput |= string.Equals(modality, "AUDIO", StringComparison.OrdinalIgnoreCase);
        scan.Facts.ImageOutput |= string.Equals(modality, "IMAGE", StringComparison.OrdinalIgnoreCase);
        return true;
    }
}

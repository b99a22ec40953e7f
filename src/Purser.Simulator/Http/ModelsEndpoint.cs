using Purser.Simulator.Gemini;
using Purser.Simulator.Models;

namespace Purser.Simulator.Http;

/// <summary>Lists models, in Anthropic's shape where the request has an <c>anthropic-version</c> header and in OpenAI's otherwise.</summary>
internal static class ModelsEndpoint
{
    // Any date will do for a model that is in no list.
    private const long UnknownCreated = 1735689600;
    private const string UnknownCreatedText = "2025-01-01T00:00:00Z";

    /// <summary>Writes a list, or one model where an id is given, as an API does.</summary>
    public static void Write(OutputBuffer to, string api, string? id)
    {
        switch (api, id)
        {
            case ("gemini", null):
                GeminiModels.WriteList(to);
                break;
            case ("gemini", not null):
                GeminiModels.WriteOne(to, id);
                break;
            case (_, null):
                WriteList(to, api == "anthropic");
                break;
            default:
                WriteOne(to, id, api == "anthropic");
                break;
        }
    }

    /// <summary>Writes the whole list.</summary>
    public static void WriteList(OutputBuffer to, bool anthropic)
    {
        if (anthropic)
        {
            to.Add("{\"data\":["u8);
            foreach (var model in ModelTable.Anthropic)
            {
                to.Add(model == ModelTable.Anthropic[0] ? ""u8 : ","u8);
                WriteAnthropic(to, model.Id, model.DisplayName, model.Created);
            }

            to.Add("],\"has_more\":false,\"first_id\":"u8).AddJson(ModelTable.Anthropic[0].Id);
            to.Add(",\"last_id\":"u8).AddJson(ModelTable.Anthropic[^1].Id).Add("}"u8);
            return;
        }

        to.Add("{\n  \"object\": \"list\",\n  \"data\": [\n"u8);
        foreach (var model in ModelTable.OpenAI)
        {
            to.Add(model == ModelTable.OpenAI[0] ? ""u8 : ",\n"u8);
            WriteOpenAI(to, model.Id, model.Created, model.Owner, "    "u8);
        }

        to.Add("\n  ]\n}\n"u8);
    }

    /// <summary>Writes one model; any name is served.</summary>
    public static void WriteOne(OutputBuffer to, string id, bool anthropic)
    {
        if (anthropic)
        {
            var known = Array.Find(ModelTable.Anthropic, model => model.Id == ModelTable.Snapshots.GetValueOrDefault(id, id));
            WriteAnthropic(to, known.Id ?? id, known.DisplayName ?? id, known.Created ?? UnknownCreatedText);
            return;
        }

        var listed = Array.Find(ModelTable.OpenAI, model => model.Id == id);
        WriteOpenAI(to, id, listed.Id is null ? UnknownCreated : listed.Created, listed.Owner ?? "system", ""u8);
        to.Add("\n"u8);
    }

    private static void WriteAnthropic(OutputBuffer to, string id, string displayName, string created) =>
        to.Add("{\"type\":\"model\",\"id\":"u8)
            .AddJson(id)
            .Add(",\"display_name\":"u8)
            .AddJson(displayName)
            .Add(",\"created_at\":"u8)
            .AddJson(created)
            .Add("}"u8);

    private static void WriteOpenAI(OutputBuffer to, string id, long created, string owner, ReadOnlySpan<byte> indent)
    {
        to.Add(indent)
            .Add("{\n"u8)
            .Add(indent)
            .Add("  \"id\": "u8)
            .AddJson(id)
            .Add(",\n"u8)
            .Add(indent)
            .Add("  \"object\": \"model\",\n"u8);
        to.Add(indent).Add("  \"created\": "u8).Add(created).Add(",\n"u8);
        to.Add(indent).Add("  \"owned_by\": "u8).AddJson(owner).Add("\n"u8).Add(indent).Add("}"u8);
    }
}

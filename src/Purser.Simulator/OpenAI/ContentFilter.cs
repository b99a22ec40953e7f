using Purser.Simulator.Http;

namespace Purser.Simulator.OpenAI;

/// <summary>What Azure's content filter says of a prompt or an answer.</summary>
internal static class ContentFilter
{
    private static readonly string[] Harms = ["hate", "self_harm", "sexual", "violence"];

    /// <summary>Writes the verdict on each kind of harm.</summary>
    /// <param name="to">Takes it.</param>
    /// <param name="isPrompt">Whether it is about a prompt, which might try to break out too.</param>
    /// <param name="isFiltered">Whether violence was found.</param>
    public static void Write(OutputBuffer to, bool isPrompt, bool isFiltered = false)
    {
        to.Add("{"u8);
        foreach (var harm in Harms)
        {
            var found = isFiltered && harm == "violence";
            to.Add(harm == Harms[0] ? ""u8 : ","u8).AddJson(harm).Add(":{\"filtered\":"u8).Add(found ? "true"u8 : "false"u8);
            to.Add(",\"severity\":\""u8).Add(found ? "high"u8 : "safe"u8).Add("\"}"u8);
        }

        to.Add(isPrompt ? ",\"jailbreak\":{\"filtered\":false,\"detected\":false}}"u8 : "}"u8);
    }

    /// <summary>Writes the verdict on the prompt, as a member with its name.</summary>
    public static void WritePrompt(OutputBuffer to)
    {
        to.Add("\"prompt_filter_results\":[{\"prompt_index\":0,\"content_filter_results\":"u8);
        Write(to, isPrompt: true);
        to.Add("}]"u8);
    }
}

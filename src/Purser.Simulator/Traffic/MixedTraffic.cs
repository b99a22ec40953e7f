using System.Globalization;
using System.Text;
using Purser.Simulator.Answers;

namespace Purser.Simulator.Traffic;

/// <summary>
/// A day of mixed traffic by seed: nine applications, eight kinds of work, four languages, sessions of several turns, agents with a long
/// prefix. Its prompts are put together from topics, words, numbers and ways to ask; nothing in it knows how hard a prompt is.
/// </summary>
public static class MixedTraffic
{
    private static readonly Tongue[] Most = [Tongue.English, Tongue.English, Tongue.German, Tongue.French, Tongue.Spanish];

    private sealed record Application(
        string Name,
        string Class,
        int Share,
        Tongue[] Tongues,
        int Fewest,
        int Longest,
        int Turns,
        string System
    );

    private static readonly Application[] Applications =
    [
        new("Invoice Desk", "extract", 16, Most, 3, 12, 1, "You are Invoice Desk. You read letters of customers and suppliers."),
        new("Ticket Triage", "classify", 18, Most, 1, 6, 1, "You are Ticket Triage. Answer with one word."),
        new("Morning Brief", "summarize", 12, Most, 8, 30, 1, "You are Morning Brief. You write for people with little time."),
        new("Language Bridge", "translate", 9, Most, 2, 10, 1, "You are Language Bridge. You keep the tone of what you are given."),
        new("Copy Room", "rewrite", 7, Most, 2, 9, 1, "You are Copy Room. You mend other people's texts."),
        new("Number Tutor", "maths", 9, Most, 1, 6, 1, "You are Number Tutor. You show how it's done."),
        new("Code Bench", "code", 8, [Tongue.English], 2, 8, 1, "You are Code Bench. You answer with code."),
        new("Shop Chat", TaskOfChat, 11, Most, 1, 4, 4, "You are Shop Chat. You talk with visitors of a shop."),
        new("Repo Agent", "agent", 10, [Tongue.English], 1, 3, 8, AgentSystem()),
    ];

    private const string TaskOfChat = Skills.TaskKind.Other;

    /// <summary>The requests of a day, in the order of time.</summary>
    /// <param name="seed">What they are drawn from.</param>
    /// <param name="count">How many there are. <value>At least 1.</value></param>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public static IReadOnlyList<TrafficRequest> Day(ulong seed, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var requests = new List<TrafficRequest>(count + 8);
        for (var session = 0; requests.Count < count; session++)
        {
            var random = new SeededRandom(SeededRandom.Mix(SeededRandom.Mix(seed) + (ulong)session));
            requests.AddRange(Session(session, ref random));
        }

        requests.RemoveRange(count, requests.Count - count);
        return
        [
            .. requests
                .OrderBy(request => request.At)
                .ThenBy(request => request.Number)
                .Select((request, i) => request with { Number = i }),
        ];
    }

    private static List<TrafficRequest> Session(int session, ref SeededRandom random)
    {
        var application = Choose(ref random);
        var tongue = application.Tongues[random.Below(application.Tongues.Length)];
        var topic = tongue.Topics[random.Below(tongue.Topics.Count)];
        var steps = 1 + random.Below(application.Turns);
        var at = Hour(ref random);
        var asked = Ask(application, tongue, topic, ref random);
        List<TrafficTurn> turns = [new("user", asked)];
        var requests = new List<TrafficRequest>();
        for (var step = 0; step < steps; step++)
        {
            requests.Add(
                new TrafficRequest
                {
                    Number = session,
                    At = at < TimeSpan.FromDays(1) ? at : TimeSpan.FromDays(1) - TimeSpan.FromTicks(1),
                    Application = application.Name,
                    Class = application.Class,
                    Language = tongue.Code,
                    Session = $"s{session.ToString("D6", CultureInfo.InvariantCulture)}",
                    System = application.System,
                    Turns = [.. turns],
                    WantsJson = application.Class == "extract",
                }
            );
            at += TimeSpan.FromSeconds(5 + random.Below(90));
            Continue(application, tongue, topic, turns, ref random);
        }

        return requests;
    }

    // Where a session goes on: an agent has run something, a visitor asks on.
    private static void Continue(Application application, Tongue tongue, string[] topic, List<TrafficTurn> turns, ref SeededRandom random)
    {
        if (application.Class == "agent")
        {
            var word = topic[random.Below(topic.Length)];
            turns.Add(new("tool", Code(topic, 1 + random.Below(3), ref random), $"grep -rn {word} src"));
            return;
        }

        turns.Add(new("assistant", Encoding.ASCII.GetString(Words.Write(ref random, 12 + random.Below(30)))));
        turns.Add(new("user", Ask(application, tongue, topic, ref random)));
    }

    private static string Ask(Application application, Tongue tongue, string[] topic, ref SeededRandom random)
    {
        var kind = application.Class == TaskOfChat ? "chat" : application.Class;
        var ways = tongue.Asks[kind];
        var way = Filled(ways[random.Below(ways.Length)], tongue, topic, ref random);
        var length = application.Fewest + random.Below(application.Longest - application.Fewest + 1);
        var text =
            application.Class == "code"
                ? "```python\n" + Code(topic, length, ref random) + "```"
                : Prose(tongue, topic, length, ref random);
        return random.Below(3) == 0 ? $"{text}\n\n{way}" : $"{way}\n\n{text}";
    }

    private static string Prose(Tongue tongue, string[] topic, int sentences, ref SeededRandom random)
    {
        var text = new StringBuilder();
        for (var i = 0; i < sentences; i++)
        {
            text.Append(
                i == 0 ? ""
                : random.Below(6) == 0 ? "\n"
                : " "
            );
            text.Append(Filled(tongue.Sentences[random.Below(tongue.Sentences.Length)], tongue, topic, ref random));
        }

        return text.ToString();
    }

    private static string Filled(string sentence, Tongue tongue, string[] topic, ref SeededRandom random)
    {
        foreach (var place in (string[])["{a}", "{b}", "{c}"])
        {
            // One word in eight is another topic's.
            var words = random.Below(8) == 0 ? tongue.Topics[random.Below(tongue.Topics.Count)] : topic;
            sentence = sentence.Replace(place, words[random.Below(words.Length)], StringComparison.Ordinal);
        }

        return sentence
            .Replace("{d}", tongue.Deeds[random.Below(tongue.Deeds.Length)], StringComparison.Ordinal)
            .Replace("{n}", (2 + random.Below(8)).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{m}", (10 + random.Below(990)).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    private static string Code(string[] topic, int functions, ref SeededRandom random)
    {
        var code = new StringBuilder();
        for (var i = 0; i < functions; i++)
        {
            var (first, second, third) = (Word(topic, ref random), Word(topic, ref random), Word(topic, ref random));
            code.Append(CultureInfo.InvariantCulture, $"def {first}_{second}({third}):\n");
            code.Append(
                random.Below(3) switch
                {
                    0 => $"    if not {third}:\n        return {random.Below(9)}\n    return [{first} for {first} in {third}]\n",
                    1 =>
                        $"    total = {random.Below(99)}\n    for {first} in {third}:\n        total += {first}.{second}\n    return total\n",
                    _ => $"    with open({third}) as {second}:\n        return {second}.read().split()\n",
                }
            );
        }

        return code.ToString();
    }

    private static string Word(string[] topic, ref SeededRandom random) => topic[random.Below(topic.Length)];

    private static Application Choose(ref SeededRandom random)
    {
        var draw = random.Below(Applications.Sum(application => application.Share));
        foreach (var application in Applications)
        {
            draw -= application.Share;
            if (draw < 0)
            {
                return application;
            }
        }

        throw new InvalidOperationException("The shares don't add up.");
    }

    // Two thirds between eight and six, the rest at any time.
    private static TimeSpan Hour(ref SeededRandom random) =>
        random.Below(3) == 0 ? TimeSpan.FromHours(24 * random.Fraction()) : TimeSpan.FromHours(8 + (10 * random.Fraction()));

    private static string AgentSystem()
    {
        var rules = new StringBuilder("You are Repo Agent, a coding agent. Use the tools, one step at a time.\n");
        var random = new SeededRandom(20);
        for (var i = 1; i <= 90; i++)
        {
            rules.Append(CultureInfo.InvariantCulture, $"Rule {i}: {Encoding.ASCII.GetString(Words.Write(ref random, 12))}.\n");
        }

        return rules.ToString();
    }
}

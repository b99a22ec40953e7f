using System.Text;

namespace Purser.Cli.Output;

/// <summary>Asks a person in a terminal for a secret, and shows nothing of it.</summary>
internal static class SecretPrompt
{
    /// <summary>What was typed until Enter.</summary>
    /// <param name="question">What is asked; it goes to standard error, so that results stay alone.</param>
    public static string Ask(string question)
    {
        Console.Error.Write(question);
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                typed.Length = Math.Max(0, typed.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                typed.Append(key.KeyChar);
            }
        }

        Console.Error.WriteLine();
        return typed.ToString();
    }
}

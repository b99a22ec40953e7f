namespace Purser.Routing.Bench;

/// <summary>How a router is measured.</summary>
/// <param name="Strong">The model that most is hoped of.</param>
/// <param name="Weak">The model that costs less.</param>
/// <param name="Folds">How many folds, where no training file is given; at least 2.</param>
/// <param name="LeaveOutSubjects">Whether a benchmark is whole in one fold.</param>
/// <param name="Rows">How many rows are trained on at most; null for all.</param>
/// <param name="Check">The accuracy of a check of the weak model's answer, from 0.5 to 1; null where nothing is checked.</param>
/// <param name="Seed">Chooses folds, rows, and what is random in training and measuring.</param>
public sealed record BenchOptions(string Strong, string Weak, int Folds, bool LeaveOutSubjects, int? Rows, double? Check, int Seed);

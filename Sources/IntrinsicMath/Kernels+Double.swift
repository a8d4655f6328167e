#if canImport(Accelerate)
  import Accelerate
#else
  import COpenBLAS
#endif
import CIntrinsicKernels

extension Double {
  public static let kernels = Kernels<Double>(
    gemm: { transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc in
      BLAS.configure()
      cblas_dgemm(
        CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans,
        transposeB ? CblasTrans : CblasNoTrans, Int32(m), Int32(n), Int32(k), alpha, a, Int32(lda),
        b, Int32(ldb), beta, c, Int32(ldc))
    },
    syrk: { n, k, alpha, a, lda, beta, c, ldc in
      BLAS.configure()
      cblas_dsyrk(
        CblasRowMajor, CblasLower, CblasNoTrans, Int32(n), Int32(k), alpha, a, Int32(lda), beta, c,
        Int32(ldc))
    },
    choleskyFactor: { n, a, lda in
      BLAS.configure()
      var (uplo, n, lda, info) = (BLAS.rowMajorLower, Int32(n), Int32(lda), Int32(0))
      dpotrf_(&uplo, &n, a, &lda, &info)
      return Int(info)
    },
    choleskySolve: { n, factor, lda, b in
      var (uplo, n, lda, ldb) = (BLAS.rowMajorLower, Int32(n), Int32(lda), Int32(n))
      var (one, info) = (Int32(1), Int32(0))
      dpotrs_(&uplo, &n, &one, UnsafeMutablePointer(mutating: factor), &lda, b, &ldb, &info)
    },
    solveTriangular: { m, n, factor, ldl, x, ldx in
      BLAS.configure()
      cblas_dtrsm(
        CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, Int32(m), Int32(n), 1,
        factor, Int32(ldl), x, Int32(ldx))
    },
    mirrorLower: ik_mirror_lower_f64,
    solveLower: { m, n, factor, ldl, x, ldx in
      BLAS.configure()
      cblas_dtrsm(
        CblasRowMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, Int32(m), Int32(n), 1,
        factor, Int32(ldl), x, Int32(ldx))
    },
    eigen: { n, a, lda, values in
      BLAS.configure()
      var (jobz, uplo) = (CChar(UInt8(ascii: "V")), BLAS.rowMajorLower)
      var (n, lda, info, work, query) = (Int32(n), Int32(lda), Int32(0), Double(0), Int32(-1))
      dsyev_(&jobz, &uplo, &n, a, &lda, values, &work, &query, &info)
      var count = Int32(work)
      withUnsafeTemporaryAllocation(of: Double.self, capacity: Int(count)) { memory in
        dsyev_(&jobz, &uplo, &n, a, &lda, values, memory.baseAddress!, &count, &info)
      }
      return Int(info)
    },
    activate: ik_activate_f64,
    exp: ik_exp_f64,
    log: ik_log_f64,
    multiply: ik_multiply_f64,
    multiplySquared: ik_multiply_squared_f64,
    square: ik_square_f64,
    squareRoot: ik_square_root_f64,
    addToDiagonal: ik_add_to_diagonal_f64,
    addConstant: ik_add_constant_f64,
    shrinkage: ik_shrinkage_f64,
    gather: ik_gather_f64,
    addRowMeans: ik_add_row_means_f64,
    copyColumns: ik_copy_columns_f64,
    gatherSamples: ik_gather_samples_f64,
    multiplyAdds256: ik_multiply_adds_256_f64,
    multiplyAdds512: ik_multiply_adds_512_f64,
    scaledSquare: ik_scaled_square_f64,
    signs: ik_signs_f64,
    addScaled: ik_add_scaled_f64,
    scaleAdd: ik_scale_add_f64,
    fromDouble: ik_from_double_f64,
    toDouble: ik_to_double_f64,
    fill: ik_fill_f64,
    sum: ik_sum_f64,
    zeros: ik_zeros_f64,
    dot: ik_dot_f64,
    firstNotFinite: ik_first_not_finite_f64,
    multiplyRepeated: ik_multiply_repeated_f64,
    multiplyRepeatedSquares: ik_multiply_repeated_squares_f64,
    sumSquaresRepeated: ik_sum_squares_repeated_f64,
    uniform: ik_uniform_f64,
    higherDerivatives: ik_higher_derivatives_f64,
    jetActivate: ik_jet_activate_f64,
    jetMix: ik_jet_mix_f64,
    jetReduce: ik_jet_reduce_f64,
    jetOuter: ik_jet_outer_f64,
    sumComponents: ik_sum_components_f64,
    squareLoss: ik_square_loss_f64,
    bernoulliLoss: ik_bernoulli_loss_f64,
    bernoulliModulus: ik_bernoulli_modulus_f64,
    bernoulliSampled: ik_bernoulli_sampled_f64,
    softmax: ik_softmax_f64,
    softmaxLoss: ik_softmax_loss_f64,
    sphericalLoss: ik_spherical_loss_f64,
    sphericalProbabilities: ik_spherical_probabilities_f64,
    softmaxModulus: ik_softmax_modulus_f64,
    sphericalModulus: ik_spherical_modulus_f64,
    softmaxFactor: ik_softmax_factor_f64,
    sphericalFactor: ik_spherical_factor_f64,
    fisherColumns: ik_fisher_columns_f64,
    softmaxSampled: ik_softmax_sampled_f64,
    sphericalSampled: ik_spherical_sampled_f64,
    exponentialLoss: ik_exponential_loss_f64,
    diagonalSolve: ik_diagonal_solve_f64,
    rootSolve: ik_root_solve_f64,
    adam: ik_adam_f64,
    quasiDiagonalSolve: ik_quasi_diagonal_solve_f64,
    kurtosisUpdate: ik_kurtosis_update_f64,
    rowStatistics: ik_row_statistics_f64,
    addSigns: ik_add_signs_f64,
    unitSquares: ik_unit_squares_f64,
    addUnitMultiples: ik_add_unit_multiples_f64,
    inverseRoot: ik_inverse_root_f64,
    normalizeRows: ik_normalize_rows_f64,
    rowProducts: ik_row_products_f64,
    signalStatistics: ik_signal_statistics_f64,
    subtractStatistics: ik_subtract_statistics_f64,
    rankOne: ik_rank_one_f64,
    addBiasProducts: ik_add_bias_products_f64,
    subtractSquares: ik_subtract_squares_f64,
    gatherRows: ik_gather_rows_f64,
    outerRows: ik_outer_rows_f64,
    outerRowsMoments: ik_outer_rows_moments_f64,
    perSampleRows: ik_per_sample_rows_f64,
    scatterUnit: ik_scatter_unit_f64,
    termProducts: ik_term_products_f64,
    addPlaceProducts: ik_add_place_products_f64,
    unitMoments: ik_unit_moments_f64,
    addRowDots: ik_add_row_dots_f64,
    addPositionSums: ik_add_position_sums_f64,
    gainRows: ik_gain_rows_f64,
    addProducts: ik_add_products_f64,
    selectMaximum: ik_select_maximum_f64,
    addSelected: ik_add_selected_f64,
    laneMoments: ik_lane_moments_f64,
    laneSolve: ik_lane_solve_f64
  )
}
